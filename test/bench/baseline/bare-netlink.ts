// Runs batches of commands by `ovn4nfv-netlink`, which nothing that changes links from a process can beat. It imports
// nothing of ours.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** One process of the program. It runs one batch after the other. */
export class BareNetlink {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #output = "";
  #onAnswer = (_answer: string): void => {};
  #last: Promise<void> = Promise.resolve();

  constructor(program: string) {
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      if (!/^(?:ok|failed .*)\n$/m.test(this.#output)) return;
      this.#onAnswer(this.#output);
      this.#output = "";
    });
  }

  /** Throws when a command failed. */
  run(commands: readonly string[]): Promise<void> {
    const done = this.#last.then(() => this.#run(commands));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #run(commands: readonly string[]): Promise<void> {
    const answer = new Promise<string>((resolve) => {
      this.#onAnswer = resolve;
    });
    this.#child.stdin.write(`${commands.join("\n")}\n\n`);
    const text = await answer;
    if (text !== "ok\n") throw new Error(`ovn4nfv-netlink: ${text}`);
  }

  close(): void {
    this.#child.stdin.end();
  }
}
