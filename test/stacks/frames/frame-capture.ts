// Prints the frames of an interface, with the tags that they have on the wire.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "#lab/machine/machine.ts";
import { mustRun } from "#tools/process/command.ts";
import { untilLine } from "#tools/process/readiness.ts";

export interface FrameCapture extends AsyncDisposable {
  /** The frames until now: SOURCE DESTINATION TAG TYPE PORT, as frames.c says. */
  readonly lines: () => readonly string[];
}

/** Compiles the program that captures, into a folder. */
export async function compileFrames(folder: string): Promise<string> {
  const program = join(folder, "frames");
  const sources = join(import.meta.dirname, "frames.c");
  await mustRun("cc", ["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", program, sources]);
  return program;
}

/** Captures the frames of a link of the machine until it is disposed of. */
export async function captureFrames(program: string, machine: Machine, link: string): Promise<FrameCapture> {
  const name = `frames-${link}`;
  const running = machine.process({ name, command: program, args: [link], ready: untilLine(/^listening$/m) });
  await running.start();
  const lines = () => readFileSync(join(machine.folder, `${name}.log`), "utf8").split("\n");
  return { lines, [Symbol.asyncDispose]: () => running.kill() };
}
