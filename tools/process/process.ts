// Starts and ends other programs. Whatever a test or tool starts ends with it, also when it is killed.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { onProcessExit } from "./exit-guard.ts";
import { inNamespaces, type Namespaces } from "./namespaces.ts";

export interface ProcessSpec {
  /** Its name in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its stdout and stderr are appended to this file. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly namespaces?: Namespaces | undefined;
  /** Resolves when the process can be used; see readiness.ts. Without it, the process is ready when it runs. */
  readonly ready?: Readiness;
  /** Time limit for becoming ready; a minute by default. */
  readonly readyTimeoutMs?: number;
  /** Time limit for ending after SIGTERM; 5 s by default. */
  readonly stopTimeoutMs?: number;
}

/** The part of a process that a readiness check sees: the log of this run. */
export interface RunningProcess {
  readonly logFile: string;
  readonly logStart: number;
}

export type Readiness = (running: RunningProcess, signal: AbortSignal) => Promise<void>;

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type State =
  | { readonly kind: "stopped" }
  | {
      readonly kind: "running";
      readonly child: ChildProcess;
      readonly pid: number;
      readonly logStart: number;
      readonly exited: Promise<ExitStatus>;
    };

/**
 * A program that runs beside the test and never outlives it: we end it when we exit, and the kernel does when we are
 * killed.
 */
export class ManagedProcess implements AsyncDisposable {
  readonly spec: ProcessSpec;
  #state: State = { kind: "stopped" };

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  /** Starts the program and waits until it is ready. Throws `CommandFailed` with the end of its log. */
  static async start(spec: ProcessSpec): Promise<ManagedProcess> {
    const started = new ManagedProcess(spec);
    await started.start();
    return started;
  }

  get running(): boolean {
    return this.#state.kind === "running";
  }

  /** Process id; throws when it is not running. */
  get pid(): number {
    return this.#run().pid;
  }

  /** Resolves when the run that is under way has ended. */
  exited(): Promise<ExitStatus> {
    const { child, exited } = this.#run();
    child.ref();
    return exited;
  }

  async start(): Promise<void> {
    if (this.running) throw new AppError("Internal", `${this.spec.name} is running already`);
    const run = await this.#spawn();
    const { ready, readyTimeoutMs = 60_000 } = this.spec;
    if (ready !== undefined) await this.#waitUntilReady(run, ready, readyTimeoutMs);
    run.child.unref();
  }

  /** Sends SIGTERM, and SIGKILL when that takes too long. Does nothing when it is not running. */
  async stop(timeoutMs = this.spec.stopTimeoutMs ?? 5_000): Promise<void> {
    if (this.#state.kind === "stopped") return;
    const exited = this.exited();
    this.signal("SIGTERM");
    this.signal("SIGCONT");
    const timer = setTimeout(() => {
      if (this.running) this.signal("SIGKILL");
    }, timeoutMs);
    await exited;
    clearTimeout(timer);
  }

  /** Sends SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    if (this.#state.kind === "stopped") return;
    const exited = this.exited();
    this.signal("SIGKILL");
    await exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops the process (SIGSTOP): it keeps its sockets and answers nothing. Returns when it stands still. */
  freeze(): void {
    const { pid } = this;
    this.signal("SIGSTOP");
    // The signal takes effect when the kernel runs the process next. No event tells when that was.
    const deadlineMs = performance.now() + freezeTimeoutMs;
    while (!standsStill(pid)) {
      if (performance.now() > deadlineMs) throw new AppError("CommandFailed", `${this.spec.name} cannot be frozen`);
    }
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** The last lines that this run wrote, for messages. */
  logTail(lines = 20): string {
    const logStart = this.#state.kind === "running" ? this.#state.logStart : 0;
    return tailOf(this.spec.logFile, logStart, lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #run(): Extract<State, { kind: "running" }> {
    if (this.#state.kind === "running") return this.#state;
    throw new AppError("CommandFailed", `${this.spec.name} is not running\n${this.logTail()}`);
  }

  async #spawn(): Promise<Extract<State, { kind: "running" }>> {
    const { name, logFile, env = process.env, cwd, namespaces } = this.spec;
    const [program, args] = inNamespaces(namespaces, this.spec.command, this.spec.args);
    const log = openSync(logFile, "a");
    const logStart = statSync(logFile).size;
    // The kernel kills the program when we are killed. It has a process group of its own, so Ctrl-C reaches only us.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...args], {
      env,
      detached: true,
      stdio: ["ignore", log, log],
      ...(cwd === undefined ? {} : { cwd }),
    });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once("error", resolve));
      throw new AppError("CommandFailed", `${name} cannot be started: ${cause.message}`, { cause });
    }
    const takeBack = onProcessExit(() => void child.kill("SIGKILL"));
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once("exit", (code, signal) => {
        takeBack();
        this.#state = { kind: "stopped" };
        resolve({ code, signal });
      });
    });
    const run = { kind: "running", child, pid, logStart, exited } as const;
    this.#state = run;
    return run;
  }

  async #waitUntilReady(run: Extract<State, { kind: "running" }>, ready: Readiness, timeoutMs: number): Promise<void> {
    const { name, logFile } = this.spec;
    const giveUp = new AbortController();
    const limit = setTimeout(() => {
      giveUp.abort(new Error(`is not ready after ${timeoutMs} ms`));
    }, timeoutMs);
    void run.exited.then(({ code, signal }) => {
      giveUp.abort(new Error(`ended before it was ready (${signal ?? `exit code ${code}`})`));
    });
    const gaveUp = new Promise<never>((_, reject) => {
      giveUp.signal.addEventListener("abort", () => {
        reject(fromUnknown(giveUp.signal.reason, "CommandFailed"));
      });
    });
    try {
      await Promise.race([ready({ logFile, logStart: run.logStart }, giveUp.signal), gaveUp]);
    } catch (caught) {
      const { message } = fromUnknown(caught);
      const tail = tailOf(logFile, run.logStart, 20);
      await this.kill();
      throw new AppError("CommandFailed", `${name} ${message}; end of ${logFile}:\n${tail}`, { cause: caught });
    } finally {
      clearTimeout(limit);
      giveUp.abort();
      gaveUp.catch(() => {});
    }
  }
}

const freezeTimeoutMs = 5_000;

function standsStill(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((id) => /^State:\s+[TZ]/m.test(readFileSync(`/proc/${pid}/task/${id}/status`, "utf8")));
}

function tailOf(logFile: string, start: number, lines: number): string {
  const text = readFileSync(logFile).subarray(start).toString("utf8").trimEnd();
  return text.split("\n").slice(-lines).join("\n");
}
