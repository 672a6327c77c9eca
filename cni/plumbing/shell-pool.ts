import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { AppError } from "#src/core/errors.ts";
import { describeFailure, inNetns, type RunProgram } from "./run-ip.ts";

/** Between words and between lines of an order: in no name, address or path. */
const separator = "\x1f";

/** Reads an order of two lines, words and input, and answers with status and output, ended by a NUL. */
const loop = [
  "set -f",
  `IFS='${separator}'`,
  "while IFS= read -r command && IFS= read -r input; do",
  `  said=$(printf '%s\\n' $input | $command 2>&1)`,
  `  printf '%s %.2000s\\0' "$?" "$said"`,
  "done",
].join("\n");

/** As many as wait for work; more are started when more is to be done at once. */
const maxIdle = 4;

/**
 * Runs programs by shells that stay. Whoever forks has its page tables copied, which takes a process of 100 MiB several
 * milliseconds in which nothing else happens; a shell has next to none.
 */
export class ShellPool {
  readonly #idle: Shell[] = [];
  readonly #graceMs: number;
  #closed = false;

  /** `graceMs`: how long a program may go on after an abort; a step of it that was begun must not race with its undoing. */
  constructor(graceMs = 5_000) {
    this.#graceMs = graceMs;
  }

  /** As `runProgram`, but what the program writes to stderr is in the output, and of that 2,000 bytes are kept. */
  readonly run: RunProgram = async (command, input, { signal, netns }) => {
    const order = printOrder(inNetns(command, netns), input);
    const isUnwanted = (): boolean => signal.aborted;
    if (isUnwanted()) throw new AppError("Aborted", `${command[0] ?? ""} was not started`);
    const shell = this.#take();
    const { status, said } = await shell.run(order, signal, this.#graceMs);
    // One that is to be killed serves no other order.
    if (this.#closed || isUnwanted() || this.#idle.length === maxIdle) shell.end();
    else this.#idle.push(shell);
    if (isUnwanted()) throw new AppError("Aborted", `${command[0] ?? ""} was done when nobody wanted it any more`);
    if (status === 0) return said;
    throw new AppError("CommandFailed", describeFailure(command, status, said), { details: { code: status, said } });
  };

  #take(): Shell {
    for (let shell = this.#idle.pop(); shell !== undefined; shell = this.#idle.pop()) if (!shell.isOver) return shell;
    return new Shell();
  }

  /** Ends the shells; what is under way comes to its end. */
  close(): void {
    this.#closed = true;
    for (const shell of this.#idle.splice(0)) shell.end();
  }
}

function printOrder(words: readonly string[], input: string): string {
  const lines = input.split("\n").filter((line) => line !== "");
  const wrong = [...words, ...lines].find((text) => text.includes(separator) || text.includes("\n"));
  if (wrong !== undefined) throw new AppError("Internal", `${JSON.stringify(wrong)} is not a word for a shell`);
  return `${words.join(separator)}\n${lines.join(separator)}\n`;
}

interface ShellAnswer {
  readonly status: number;
  readonly said: string;
}

/** One shell, one order at a time. */
class Shell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #said = "";
  #answered = Promise.withResolvers<ShellAnswer>();
  /** Nothing more can be run by it. */
  isOver = false;

  constructor() {
    this.#child = spawn("sh", ["-c", loop], { stdio: ["pipe", "pipe", "ignore"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
      const [, status, said = ""] = /^(\d+) ([^\0]*)\0$/.exec(this.#said) ?? [];
      if (status !== undefined) this.#answered.resolve({ status: Number(status), said });
    });
    const over = (cause?: Error): void => {
      this.isOver = true;
      this.#answered.reject(new AppError("CommandFailed", "the shell that starts programs has ended", { cause }));
    };
    this.#child.once("error", over).once("close", () => {
      over();
    });
    this.#child.stdin.on("error", () => {});
    this.#answered.promise.catch(() => undefined);
  }

  /** Throws `Aborted` after an abort once the program has ended or had its time, `CommandFailed` when the shell is killed. */
  async run(order: string, signal: AbortSignal, graceMs: number): Promise<ShellAnswer> {
    this.#said = "";
    this.#answered = Promise.withResolvers();
    const giveUp = (): void => {
      AbortSignal.timeout(graceMs).addEventListener("abort", () => this.#child.kill("SIGKILL"));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    this.#child.stdin.write(order);
    try {
      return await this.#answered.promise;
    } catch (cause) {
      if (signal.aborted) throw new AppError("Aborted", "a program did not end in time after an abort", { cause });
      throw cause;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  end(): void {
    this.#child.stdin.end();
  }
}
