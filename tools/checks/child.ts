import { spawn } from "node:child_process";
import { withSources } from "../source-condition.mjs";

export interface ChildResult {
  readonly code: number;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs a program to its end and keeps what it wrote; a signal counts as code 1. */
export function runChild(command: string, args: readonly string[], cwd: string): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(command, args, { cwd, env: withSources(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output, seconds: (performance.now() - startedMs) / 1_000 });
    });
  });
}
