import { type ChildProcess, spawn } from "node:child_process";
import { AppError, hasCode } from "#src/core/errors.ts";

/**
 * Gives `ovn4nfv-netlink` an order (cni/netlink/main.c), and resolves with the lines that it printed. Throws
 * `NetnsInvalid` for the line `netns`, `CommandFailed` for another one that failed, each with what the kernel says, and
 * what the order has made of pairs is gone; or `Aborted` when it was not begun. What was begun comes to its end, unless
 * the program is killed or dies: see `isUnfinished`.
 */
export type RunNetlink = (
  lines: readonly string[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly string[]>;

/** True for the error of an order whose process ended before it had answered: what it has made of pairs may be there. */
export function isUnfinished(error: unknown): boolean {
  return hasCode(error, "Aborted", "CommandFailed") && error.details.isUnfinished === true;
}

const unfinished = { isUnfinished: true };

/** Of a removal's 20 ms the kernel waits for most, so several at once take little longer than one. */
const maxWorkers = 4;

/**
 * `ovn4nfv-netlink`, run by processes that stay. Whoever forks has its page tables copied, which takes a process of
 * 100 MiB several milliseconds in which nothing else happens.
 */
export class NetlinkWorkers {
  readonly #command: readonly string[];
  readonly #graceMs: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** `graceMs`: how long an order may go on after an abort; what was begun must not race with its undoing. */
  constructor(command: readonly string[], graceMs = 5_000) {
    this.#command = command;
    this.#graceMs = graceMs;
  }

  /** Throws `ConfigInvalid` when the program cannot be run. */
  async start(): Promise<void> {
    const first = new Worker(this.#command);
    await first.isRunning;
    this.#idle.push(first);
  }

  readonly run: RunNetlink = async (lines, { signal }) => {
    await this.#turn(signal);
    try {
      if (signal.aborted) throw notBegun();
      const worker = this.#take();
      const said = await worker.order(lines, signal, this.#graceMs);
      if (this.#closed) worker.end();
      else this.#idle.push(worker);
      return readAnswer(said, lines);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  };

  async #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw notBegun();
    if (this.#busy < maxWorkers) {
      this.#busy += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(notBegun());
      };
      this.#waiting.push(begin);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #take(): Worker {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop())
      if (!worker.isOver) return worker;
    return new Worker(this.#command);
  }

  /** Ends the processes; what is under way comes to its end. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#idle.splice(0)) worker.end();
  }
}

function notBegun(): AppError {
  return new AppError("Aborted", "the order was not begun");
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

/** One process, one order at a time. */
class Worker {
  readonly #child: ChildProcess;
  readonly isRunning: Promise<void>;
  #said = "";
  #answered = Promise.withResolvers<string>();
  /** Nothing more can be done by it. */
  isOver = false;

  constructor([program = "", ...args]: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const over = (error: AppError): void => {
      this.isOver = true;
      this.#answered.reject(error);
    };
    this.isRunning = new Promise((resolve, reject) => {
      this.#child.once("spawn", resolve).once("error", (cause) => {
        const text = `cannot run ${program}: ${cause.message}`;
        reject(new AppError("ConfigInvalid", text, { cause }));
        over(new AppError("CommandFailed", text, { cause }));
      });
    });
    this.isRunning.catch(() => undefined);
    this.#child.once("close", () => {
      over(new AppError("CommandFailed", `${program} has ended`, { details: unfinished }));
    });
    // There are none when a process has no file descriptors left.
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
      if (/(^|\n)(ok|failed .*)\n$/.test(this.#said)) this.#answered.resolve(this.#said);
    });
    this.#child.stdin?.on("error", () => {});
    this.#answered.promise.catch(() => undefined);
  }

  /** Throws `Aborted` once the program was killed since it did not end in time after an abort, else `CommandFailed`. */
  async order(lines: readonly string[], signal: AbortSignal, graceMs: number): Promise<string> {
    this.#said = "";
    this.#answered = Promise.withResolvers();
    let late: AbortSignal | undefined;
    const kill = (): void => {
      this.#child.kill("SIGKILL");
    };
    const giveUp = (): void => {
      late = AbortSignal.timeout(graceMs);
      late.addEventListener("abort", kill);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    this.#child.stdin?.write(`${lines.join("\n")}\n\n`);
    try {
      return await this.#answered.promise;
    } catch (cause) {
      const text = "an order did not end in time after an abort";
      if (signal.aborted) throw new AppError("Aborted", text, { details: unfinished, cause });
      throw cause;
    } finally {
      signal.removeEventListener("abort", giveUp);
      late?.removeEventListener("abort", kill);
    }
  }

  end(): void {
    this.#child.stdin?.end();
  }
}
