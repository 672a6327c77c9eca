import { spawn } from "node:child_process";
import { AppError } from "#src/core/errors.ts";
import type { Family } from "#src/net/ip.ts";

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Path of the network namespace to run in; absent: our own. */
  readonly netns?: string | undefined;
}

/** Runs a program with `input` on stdin; resolves with what it printed. Throws `CommandFailed`, or `Aborted` once it was killed. */
export type RunProgram = (command: readonly string[], input: string, options: RunOptions) => Promise<string>;

const maxQuotedBytes = 1000;

/**
 * Runs a program, in a network namespace if one is named, with `input` on stdin; resolves with its stdout. The event
 * loop is not blocked. Throws `CommandFailed` quoting stderr, or `Aborted` once the signal has had it killed.
 */
export function runProgram(command: readonly string[], input: string, options: RunOptions): Promise<string> {
  const { signal, netns } = options;
  const [program = "", ...args] = inNetns(command, netns);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, killSignal: "SIGKILL", stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < maxQuotedBytes) stderr += text;
    });
    child.once("error", (cause) => {
      const failed = new AppError("CommandFailed", `${program}: ${cause.message}`, { cause });
      reject(signal.aborted ? new AppError("Aborted", `${program} was stopped`, { cause }) : failed);
    });
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new AppError("CommandFailed", describeFailure(command, code, stderr), { details: { code, stderr } }));
    });
    // It may end without reading its input; then its exit code tells why.
    child.stdin.on("error", () => {}).end(input);
  });
}

/** The command line that runs a program in a network namespace; in our own when none is named. */
export function inNetns(command: readonly string[], netns: string | undefined): readonly string[] {
  return netns === undefined ? command : ["nsenter", `--net=${netns}`, "--", ...command];
}

export function describeFailure(command: readonly string[], code: number | null, stderr: string): string {
  const said = stderr.slice(0, maxQuotedBytes).trim().replaceAll("\n", "; ");
  const ended = code === null ? "was killed" : `exit code ${code.toString()}`;
  return `${command.slice(0, 2).join(" ")}: ${said === "" ? ended : said}`;
}

export interface BatchOptions extends RunOptions {
  /** For commands that are of one family and do not tell it by their addresses. */
  readonly family?: Family;
}

/** Runs lines by one `ip -batch`, which stops at the first that fails; the error quotes it. No lines, no process. */
export async function runBatch(
  lines: readonly string[],
  { family, ...options }: BatchOptions,
  run: RunProgram = runProgram,
): Promise<void> {
  if (lines.length === 0) return;
  const ofFamily = family === undefined ? [] : [`-${family.toString()}`];
  await run(["ip", ...ofFamily, "-batch", "-"], `${lines.join("\n")}\n`, options).catch((error: unknown) => {
    throw quoteFailedLine(error, lines);
  });
}

/** `ip` tells the number of the line that failed; people need the line. */
export function quoteFailedLine(error: unknown, lines: readonly string[]): unknown {
  if (!(error instanceof AppError)) return error;
  const line = lines[Number(/Command failed -:(\d+)/.exec(error.message)?.[1] ?? NaN) - 1];
  if (line === undefined) return error;
  return new AppError(error.code, `${error.message} (${line})`, { details: error.details, cause: error });
}
