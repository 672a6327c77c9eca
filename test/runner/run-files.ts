// Runs test files in a process of their own. A deadline always ends it, so that a forgotten handle cannot hang the run.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { root } from "#tools/source-files.ts";
import { withSources } from "#tools/source-condition.mjs";

const reporter = join(import.meta.dirname, "json-reporter.mjs");
/** Where Node keeps what it has compiled: hundreds of processes load the same files. */
const compiled = join(root, "node_modules/.cache/node");
const together = join(import.meta.dirname, "together.ts");
/** The time between SIGTERM and SIGKILL, in which tests end the programs that they started. */
const graceMs = 10_000;

const testEnd = z.object({
  outcome: z.enum(["passed", "failed", "skipped"]),
  name: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  /** The seconds of a test at the top of its file; 0 for other tests. */
  seconds: z.number(),
  reason: z.string().optional(),
  error: z.string().optional(),
  counts: z.boolean(),
});

export type TestEnd = z.output<typeof testEnd>;

/** The result of one file. */
export interface FileRun {
  readonly file: string;
  readonly ends: readonly TestEnd[];
  readonly seconds: number;
  /** A fault that makes the file fail, whatever its tests say. */
  readonly fault: string | undefined;
  /** The output of its process, which is printed with one of its files. */
  readonly stdout: string;
}

export interface FilesRunOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onStderr: (text: string) => void;
  /** Further variables for the environment of the files. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs files with node:test in one process. Its standard error is passed on as it comes (progress), its standard output
 * is kept.
 */
export async function runFiles(files: readonly string[], options: FilesRunOptions): Promise<readonly FileRun[]> {
  const folder = await mkdtemp(join(tmpdir(), "ovn4nfv-test-"));
  try {
    const report = join(folder, "report.jsonl");
    const startedMs = performance.now();
    const ended = await runProcess(files, report, options);
    const seconds = (performance.now() - startedMs) / 1_000;
    const lines = (await readFile(report, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    const all = lines.map((line) => testEnd.parse(JSON.parse(line)));
    const told = all.some(({ counts, outcome }) => counts && outcome === "failed");
    const runs = filesOf(all, files).map(([file, own]): FileRun => {
      const ends = own.filter(({ counts }) => counts);
      const fault = ends.length === 0 && (told || ended.fault === undefined) ? "the file has no tests" : undefined;
      return { file, ends, seconds: own.reduce((sum, end) => sum + end.seconds, 0), fault, stdout: "" };
    });
    // A fault of the whole process is printed with the first file that failed, otherwise with the last file.
    const failed = runs.findIndex(({ ends }) => ends.some(({ outcome }) => outcome === "failed"));
    const teller = failed === -1 ? runs.length - 1 : failed;
    const fault = ended.fault?.always === true || !told ? ended.fault?.text : undefined;
    return runs.map((run, index) => {
      const own = files.length === 1 ? { ...run, seconds } : run;
      return index === teller ? { ...own, fault: fault ?? run.fault, stdout: ended.stdout } : own;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The ends of tests by file, in a process of several files as `together.ts` says where each one begins. */
function filesOf(
  ends: readonly TestEnd[],
  files: readonly string[],
): readonly (readonly [string, readonly TestEnd[]])[] {
  const byFile = new Map(files.map((file): [string, TestEnd[]] => [file, []]));
  let current = files[0] ?? "";
  for (const end of ends) {
    if (end.file === together) current = end.name;
    else byFile.get(current)?.push(end);
  }
  return [...byFile];
}

interface Fault {
  readonly text: string;
  /** True when it counts also if a failed test explains the exit status. */
  readonly always: boolean;
}

function runProcess(
  files: readonly string[],
  report: string,
  { cwd, timeoutMs, signal, onStderr, env: more }: FilesRunOptions,
): Promise<{ stdout: string; fault: Fault | undefined }> {
  const what = files.length === 1 ? "the file was" : `the ${String(files.length)} files of one process were`;
  // A test gets a little less time than the process, so that the report names the test that hangs.
  const flags = [`--test-timeout=${String(Math.floor(timeoutMs * 0.9))}`, `--test-reporter=${reporter}`];
  const entry = files.length === 1 ? files : [together, ...files];
  const args = [...flags, `--test-reporter-destination=${report}`, ...entry];
  return new Promise((resolve, reject) => {
    // An outer node:test run (our own test of the runner) must not be seen by the inner one.
    const env = { ...withSources(), NODE_COMPILE_CACHE: compiled, ...more, NODE_TEST_CONTEXT: undefined };
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let late: string | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (why: string): void => {
      late ??= why;
      child.kill("SIGTERM");
      killTimer ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
    };
    const timer = setTimeout(() => {
      end(`${what} not done in ${String(timeoutMs / 1_000)} s`);
    }, timeoutMs);
    const onAbort = (): void => {
      end("the run was stopped");
    };
    signal.addEventListener("abort", onAbort, { once: true });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", onStderr);
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      signal.removeEventListener("abort", onAbort);
      const exit = code === 0 ? undefined : `the process ended with ${killedBy ?? `status ${String(code)}`}`;
      const text = late ?? exit;
      resolve({ stdout, fault: text === undefined ? undefined : { text, always: late !== undefined } });
    });
  });
}
