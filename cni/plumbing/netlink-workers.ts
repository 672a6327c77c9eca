import { type ChildProcess, spawn } from "node:child_process";
import { AppError, hasCode } from "#src/core/errors.ts";

/**
 * Runs a batch of netlink commands by `ovn4nfv-netlink` (cni/netlink/main.c), and resolves with the lines that it printed.
 * Throws `NetnsInvalid` when the command `netns` failed and `CommandFailed` when another one did, both with the kernel's
 * reason; the pairs that the batch had made are gone then. Throws `Aborted` when the batch was not begun. A batch that was
 * begun runs to its end, unless the program is killed or dies: see `isUnfinished`.
 */
export type RunNetlink = (
  commands: readonly string[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly string[]>;

/** True for the error of a batch whose process ended before it had answered: pairs that it has made may exist. */
export function isUnfinished(error: unknown): boolean {
  return hasCode(error, "Aborted", "CommandFailed") && error.details.isUnfinished === true;
}

const unfinished = { isUnfinished: true };

/** The removal of a pair takes 20 ms, in which the kernel mostly waits. So several at once take little longer than one. */
const maxWorkers = 4;

/**
 * Runs `ovn4nfv-netlink` in processes that stay. To start a process the kernel copies the page tables of the parent. With
 * 100 MiB this takes several milliseconds, in which the parent does nothing else.
 */
export class NetlinkWorkers {
  readonly #command: readonly string[];
  readonly #graceMs: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** A batch may go on for `graceMs` after an abort, so that it does not race with its rollback. */
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

  readonly run: RunNetlink = async (commands, { signal }) => {
    await this.#turn(signal);
    try {
      if (signal.aborted) throw notBegun();
      const worker = this.#take();
      const answer = await worker.run(commands, signal, this.#graceMs);
      if (this.#closed) worker.end();
      else this.#idle.push(worker);
      return readAnswer(answer, commands);
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

  /** Ends the processes, after the batches that they run now. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#idle.splice(0)) worker.end();
  }
}

function notBegun(): AppError {
  return new AppError("Aborted", "the netlink commands were not begun");
}

/** The last line of an answer is `ok`, or `failed` with the number of a command and the reason. */
function readAnswer(answer: string, commands: readonly string[]): readonly string[] {
  const printed = answer.split("\n").slice(0, -1);
  const [, number, why = ""] = /^failed (\d+) (.*)$/.exec(printed.pop() ?? "") ?? [];
  if (number === undefined) return printed;
  const command = commands[Number(number) - 1] ?? "";
  if (command.startsWith("netns ")) throw new AppError("NetnsInvalid", `CNI_NETNS ${command.slice(6)}: ${why}`);
  throw new AppError("CommandFailed", `${why} (${command})`, { details: { command, why } });
}

/** One process. It runs one batch at a time. */
class Worker {
  readonly #child: ChildProcess;
  readonly isRunning: Promise<void>;
  #output = "";
  #answered = Promise.withResolvers<string>();
  /** True when the process has ended. */
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
    // There are no streams when the agent has no file descriptors left.
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      if (/(^|\n)(ok|failed .*)\n$/.test(this.#output)) this.#answered.resolve(this.#output);
    });
    this.#child.stdin?.on("error", () => {});
    this.#answered.promise.catch(() => undefined);
  }

  /**
   * Throws `CommandFailed` when the process ends before it has answered; or `Aborted`, when it was killed because the batch
   * did not end in time after an abort.
   */
  async run(commands: readonly string[], signal: AbortSignal, graceMs: number): Promise<string> {
    this.#output = "";
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
    this.#child.stdin?.write(`${commands.join("\n")}\n\n`);
    try {
      return await this.#answered.promise;
    } catch (cause) {
      const text = "the netlink commands did not end in time after an abort";
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
