import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";

/** A subcommand that runs until it is interrupted, which disposing does too. */
export interface WatchingCommand extends AsyncDisposable {
  /** The next line of its standard output. */
  readonly next: () => Promise<string>;
  /** Resolves to the exit status. */
  readonly interrupt: () => Promise<number>;
}

/** Runs a subcommand of the real table that does not end by itself. */
export function watchCommandLine(argv: readonly string[]): WatchingCommand {
  const stdout = new PassThrough();
  const stop = new AbortController();
  const ended = runProgram(argv, commandTable, {
    stdin: Readable.from([]),
    stdout,
    stderr: new PassThrough(),
    env: {},
    signal: stop.signal,
    clock: systemClock,
    nodeVersion: process.version,
  });
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const interrupt = (): Promise<number> => {
    stop.abort();
    return ended;
  };
  return {
    next: async () => ((await lines.next()) as IteratorYieldResult<string>).value,
    interrupt,
    [Symbol.asyncDispose]: async () => {
      await interrupt();
    },
  };
}
