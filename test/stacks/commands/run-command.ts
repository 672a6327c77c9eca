import { PassThrough, Readable } from "node:stream";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";

export interface CommandOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a subcommand of the real table in this process. */
export async function runCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = "",
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandOutcome> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const status = await runProgram(argv, commandTable, {
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    env,
    signal,
    clock: systemClock,
    nodeVersion: process.version,
  });
  const text = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? "");
  return { status, stdout: text(stdout), stderr: text(stderr) };
}
