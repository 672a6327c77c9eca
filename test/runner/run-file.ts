// One test file in a process of its own, which a deadline ends for certain: a forgotten handle must not hang the run.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

const reporter = join(import.meta.dirname, "json-reporter.mjs");
/** Between SIGTERM and SIGKILL, for tests that start programs and have to end them. */
const graceMs = 10_000;

const testEnd = z.object({
  outcome: z.enum(["passed", "failed", "skipped"]),
  name: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  reason: z.string().optional(),
  error: z.string().optional(),
  counts: z.boolean(),
});

export type TestEnd = z.output<typeof testEnd>;

export interface FileRun {
  readonly ends: readonly TestEnd[];
  readonly stdout: string;
  readonly seconds: number;
  /** Why the process itself is a failure, whatever its tests say. */
  readonly fault: string | undefined;
}

export interface FileRunOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onStderr: (text: string) => void;
}

/** Runs `file` with node:test; standard error is handed on as it comes (progress), standard output is kept. */
export async function runFile(file: string, options: FileRunOptions): Promise<FileRun> {
  const folder = await mkdtemp(join(tmpdir(), "ovn4nfv-test-"));
  try {
    const report = join(folder, "report.jsonl");
    const startedMs = performance.now();
    const { stdout, fault } = await runProcess(file, report, options);
    const lines = (await readFile(report, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    const ends = lines.map((line) => testEnd.parse(JSON.parse(line))).filter(({ counts }) => counts);
    const seconds = (performance.now() - startedMs) / 1_000;
    const told = ends.some(({ outcome }) => outcome === "failed");
    const empty = ends.length === 0 ? "the file has no tests" : undefined;
    return { ends, stdout, seconds, fault: fault?.always === true || !told ? (fault?.text ?? empty) : undefined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Fault {
  readonly text: string;
  /** Also when a failed test explains the exit status. */
  readonly always: boolean;
}

function runProcess(
  file: string,
  report: string,
  { cwd, timeoutMs, signal, onStderr }: FileRunOptions,
): Promise<{ stdout: string; fault: Fault | undefined }> {
  // A little less for each test, so that the one that hangs is named.
  const flags = [`--test-timeout=${String(Math.floor(timeoutMs * 0.9))}`, `--test-reporter=${reporter}`];
  const args = [...flags, `--test-reporter-destination=${report}`, file];
  return new Promise((resolve, reject) => {
    // An outer node:test run (our own test of the runner) must not be seen by the inner one.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
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
      end(`the file was not done in ${String(timeoutMs / 1_000)} s`);
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
