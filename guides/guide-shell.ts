import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { onProcessExit } from "#tools/process/exit-guard.ts";
import { root } from "#tools/source-files.ts";
import { inNamespaces, type Namespaces } from "#tools/process/namespaces.ts";
import type { GuideStep } from "./guide-page.ts";

/** Where the bash of a guide runs. */
export interface ShellPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly namespaces?: Namespaces;
}

export interface ShellOptions extends ShellPlace {
  /** Path of the page: bash calls it so when it complains of a line. */
  readonly page: string;
  /** An existing empty folder, for the notes between the bash and this process. */
  readonly folder: string;
  /** The time that one step may take. */
  readonly limitMs: number;
}

/** The end of a step. */
export interface StepOutcome {
  /** `late`: it was not done in time. `stopped`: the signal ended it. */
  readonly kind: "ended" | "late" | "stopped";
  /** Exit status of its last command; undefined when it was not waited for. */
  readonly status: number | undefined;
  /** Line of the page whose command was the last to begin. */
  readonly line: number;
  /** Both outputs, as a terminal would show them. */
  readonly output: string;
}

/**
 * The bash that runs all steps. Each step is a file that it reads, with empty lines in front, so that the numbers of its
 * lines are those of the page. Steps run with no input, and -e ends the bash where a step should have succeeded. Before
 * each command its line is noted: that is the command that failed or hangs.
 */
const driver = `set -euo pipefail
set -T
while IFS= read -r __guide_status <&3; do
  trap '[ "\${BASH_SOURCE[0]}" != "$GUIDE_STATE/$GUIDE_PAGE" ] || echo "$LINENO" >"$GUIDE_STATE/line"' DEBUG
  if [ "$__guide_status" = 0 ]; then
    . "$GUIDE_STATE/$GUIDE_PAGE" 3<&- 4>&- </dev/null >"$GUIDE_STATE/output" 2>&1
  else
    __guide_status=0
    . "$GUIDE_STATE/$GUIDE_PAGE" 3<&- 4>&- </dev/null >"$GUIDE_STATE/output" 2>&1 || __guide_status=$?
  fi
  trap - DEBUG
  echo "$__guide_status" >&4
done
`;

/** One bash for the steps of a guide: what a step sets, the next one finds. */
export class GuideShell implements Disposable {
  readonly #options: ShellOptions;
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  readonly #takeBack: () => void;
  /** Called with each status that the driver writes. */
  #answered: (status: number) => void = () => {};

  constructor(options: ShellOptions) {
    this.#options = options;
    const { env, namespaces } = options;
    writeFileSync(this.#file("driver.sh"), driver);
    const [program, args] = inNamespaces(namespaces, "bash", [this.#file("driver.sh")]);
    const log = openSync(this.#file("driver.log"), "a");
    this.#child = spawn(program, args, {
      cwd: root,
      env: { ...env, GUIDE_STATE: options.folder, GUIDE_PAGE: basename(options.page) },
      // A process group of its own, which ends with all that the steps have started.
      detached: true,
      stdio: ["ignore", log, log, "pipe", "pipe"],
    });
    closeSync(log);
    this.#takeBack = onProcessExit(() => {
      this.#kill();
    });
    this.#closed = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => {
        resolve(code ?? 128);
      });
    });
    this.#closed.catch(() => {});
    this.#answers.setEncoding("utf8").on("data", (text: string) => {
      this.#answered(Number(text));
    });
    // It may end before it has read what it is told.
    this.#orders.on("error", () => {});
  }

  /** Runs a step to its end, or until its time is over or the signal aborts; then the bash is gone. */
  async run(step: GuideStep, signal: AbortSignal): Promise<StepOutcome> {
    writeFileSync(this.#file(basename(this.#options.page)), "\n".repeat(step.line - 1) + step.lines.join("\n") + "\n");
    writeFileSync(this.#file("output"), "");
    writeFileSync(this.#file("line"), String(step.line));
    const limit = AbortSignal.timeout(this.#options.limitMs);
    const given = AbortSignal.any([signal, limit]);
    const answered = new Promise<number>((resolve) => {
      this.#answered = resolve;
    });
    this.#orders.write(`${step.status}\n`);
    const status = await Promise.race([answered, this.#closed, untilAborted(given)]);
    if (status === undefined) {
      this.#kill();
      await this.#closed;
      return { kind: signal.aborted ? "stopped" : "late", status, ...this.#read(step) };
    }
    return { kind: "ended", status, ...this.#read(step) };
  }

  /** False when a step has ended the bash, so that nothing more can be run. */
  get isOpen(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends the bash and everything that the steps have left running. */
  [Symbol.dispose](): void {
    this.#takeBack();
    this.#kill();
  }

  get #orders(): Writable {
    return this.#child.stdio[3] as Writable;
  }

  get #answers(): Readable {
    return this.#child.stdio[4] as Readable;
  }

  #file(name: string): string {
    return join(this.#options.folder, name);
  }

  #read(step: GuideStep): Pick<StepOutcome, "line" | "output"> {
    // The note is empty when the bash was killed while writing it.
    const line = Number(readFileSync(this.#file("line"), "utf8")) || step.line;
    return { line, output: readFileSync(this.#file("output"), "utf8") };
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve(undefined);
    });
    if (signal.aborted) resolve(undefined);
  });
}
