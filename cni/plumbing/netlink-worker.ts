import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { AppError } from "#src/core/errors.ts";

/**
 * Gives `ovn4nfv-netlink` an order (cni/netlink/main.c), and resolves with the lines that it printed. Throws
 * `NetnsInvalid` for the line `netns`, `CommandFailed` for another one that failed, each with what the kernel says, and
 * what the order has made of pairs is gone; or `Aborted` when it was not begun. What was begun comes to its end.
 */
export type RunOrder = (
  lines: readonly string[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly string[]>;

/**
 * `ovn4nfv-netlink`, started once, since whoever forks has its page tables copied, which takes a process of 100 MiB several
 * milliseconds in which nothing else happens. It takes one order at a time: the kernel does, too (its rtnl lock).
 */
export class NetlinkWorker {
  readonly #command: readonly string[];
  readonly #graceMs: number;
  #process: WorkerProcess | undefined;
  #turn = Promise.resolve<undefined>(undefined);

  /** `graceMs`: how long an order may go on after an abort; what was begun must not race with its undoing. */
  constructor(command: readonly string[], graceMs = 5_000) {
    this.#command = command;
    this.#graceMs = graceMs;
  }

  /** Throws `ConfigInvalid` when the program cannot be run. */
  async start(): Promise<void> {
    await this.#started().isRunning;
  }

  readonly run: RunOrder = async (lines, { signal }) => {
    const before = this.#turn;
    const turn = Promise.withResolvers<undefined>();
    this.#turn = turn.promise;
    try {
      await before;
      if (signal.aborted) throw new AppError("Aborted", "the order was not begun");
      return readAnswer(await this.#started().order(lines, signal, this.#graceMs), lines);
    } finally {
      turn.resolve(undefined);
    }
  };

  #started(): WorkerProcess {
    if (this.#process === undefined || this.#process.isOver) this.#process = new WorkerProcess(this.#command);
    return this.#process;
  }

  /** Ends the program once the orders that were given are done. */
  async close(): Promise<void> {
    await this.#turn;
    this.#process?.end();
  }
}

/** The last line is `ok`, or `failed`, the number of a line and why. */
function readAnswer(said: string, lines: readonly string[]): readonly string[] {
  const printed = said.split("\n").slice(0, -1);
  const [, number, why = ""] = /^failed (\d+) (.*)$/.exec(printed.pop() ?? "") ?? [];
  if (number === undefined) return printed;
  const line = lines[Number(number) - 1] ?? "";
  if (line.startsWith("netns ")) throw new AppError("NetnsInvalid", `CNI_NETNS ${line.slice(6)}: ${why}`);
  throw new AppError("CommandFailed", `${why} (${line})`);
}

class WorkerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly isRunning: Promise<void>;
  #said = "";
  #answered = Promise.withResolvers<string>();
  /** Nothing more can be done by it. */
  isOver = false;

  constructor([program = "", ...args]: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
      if (/(^|\n)(ok|failed .*)\n$/.test(this.#said)) this.#answered.resolve(this.#said);
    });
    const over = (cause?: Error): void => {
      this.isOver = true;
      this.#answered.reject(new AppError("CommandFailed", `${program} has ended`, { cause }));
    };
    this.isRunning = new Promise((resolve, reject) => {
      this.#child.once("spawn", resolve).once("error", (cause) => {
        reject(new AppError("ConfigInvalid", `cannot run ${program}: ${cause.message}`, { cause }));
      });
    });
    this.isRunning.catch(() => undefined);
    this.#child.once("error", over).once("close", () => {
      over();
    });
    this.#child.stdin.on("error", () => {});
    this.#answered.promise.catch(() => undefined);
  }

  /** Throws `Aborted` once the program was killed since it did not end in time after an abort, else `CommandFailed`. */
  async order(lines: readonly string[], signal: AbortSignal, graceMs: number): Promise<string> {
    this.#said = "";
    this.#answered = Promise.withResolvers();
    const giveUp = (): void => {
      AbortSignal.timeout(graceMs).addEventListener("abort", () => this.#child.kill("SIGKILL"));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    this.#child.stdin.write(`${lines.join("\n")}\n\n`);
    try {
      return await this.#answered.promise;
    } catch (cause) {
      if (signal.aborted) throw new AppError("Aborted", "an order did not end in time after an abort", { cause });
      throw cause;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  end(): void {
    this.#child.stdin.end();
  }
}
