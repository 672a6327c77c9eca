#!/usr/bin/env -S node --max-semi-space-size=16 --expose-gc
// The entry of the ovn4nfv program. It hands the process to the command line, and signals to the subcommand that runs.
import { commandTable } from "#src/commands/command-table.ts";
import { exitCodes } from "#src/commands/exit-codes.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Shell and kernel both send SIGHUP when a terminal goes, and what is being put in order must not end by the second one.
    if (stop.signal.aborted && signal !== "SIGHUP") process.exit(exitCodes.interrupted.code);
    stop.abort(new Error(`received ${signal}`));
  });
}

// Nobody reads our output any more, as after `| head`. That is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.interrupted.code);
});

// A terminal that is gone must not end what is being put in order, for instance webhooks that a restore has stopped.
process.stderr.on("error", () => undefined);

process.exitCode = await runProgram(process.argv.slice(2), commandTable, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  clock: systemClock,
  nodeVersion: process.version,
});
