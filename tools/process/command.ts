import { spawn } from "node:child_process";
import { constants } from "node:os";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { inNamespaces, type Namespaces } from "./namespaces.ts";

const passesWithinMs = 30_000;

export interface CommandResult {
  /** The exit code, or 128 + signal number when a signal ended the program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly namespaces?: Namespaces | undefined;
  /** The program is killed after this time; 60 s by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For `mustRun`: a failure with this text in its stderr is temporary. The program is run again, for half a minute. */
  readonly passing?: string;
  /** Gets the text that the program writes to stderr while it runs. */
  readonly onStderr?: (text: string) => void;
}

/** Runs a program to its end, whatever its exit code. Throws `CommandFailed` when it cannot be run or takes too long. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { input, env = process.env, cwd, namespaces, timeoutMs = 60_000, signal, onStderr } = options;
  const [program, argv] = inNamespaces(namespaces, command, args);
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const child = spawn(program, argv, {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      killSignal: "SIGKILL",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(cwd === undefined ? {} : { cwd }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onStderr?.(text);
    });
    child.once("error", (cause) => {
      const why = limit.aborted ? `not done after ${timeoutMs} ms` : cause.message;
      const said = stderr === "" ? "" : `\n${stderr}`;
      reject(new AppError("CommandFailed", `${printCommand(command, args)}: ${why}${said}`, { cause }));
    });
    child.once("close", (code, ended) => {
      resolve({ code: code ?? 128 + (ended === null ? 0 : constants.signals[ended]), stdout, stderr });
    });
    // The program may end without reading its input.
    child.stdin.on("error", () => {}).end(input ?? "");
  });
}

/** Runs a program that must succeed, and returns its stdout. Throws `CommandFailed` otherwise. */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { passing } = options;
  const untilMs = systemClock.monotonicMs() + passesWithinMs;
  let { code, stdout, stderr } = await runCommand(command, args, options);
  while (code !== 0 && passing !== undefined && stderr.includes(passing) && systemClock.monotonicMs() < untilMs) {
    await systemClock.sleep(100);
    ({ code, stdout, stderr } = await runCommand(command, args, options));
  }
  if (code === 0) return stdout;
  throw new AppError("CommandFailed", `${printCommand(command, args)}: exit code ${code}\n${stderr || stdout}`);
}

function printCommand(command: string, args: readonly string[]): string {
  return [command, ...args].join(" ");
}
