import { type CommandOptions, type CommandResult, mustRun, runCommand } from "#tools/process/command.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";

export interface KubectlOptions extends Pick<CommandOptions, "input" | "timeoutMs" | "signal" | "passing"> {
  /** The path of a kubeconfig of another user than the administrator. */
  readonly kubeconfig?: string;
}

interface KubectlSetup {
  readonly binary: string;
  readonly kubeconfig: string;
  /** The HOME of kubectl, so that its caches are not in the user's. */
  readonly home: string;
  readonly namespaces: Namespaces | undefined;
}

/** The time that we wait longer than kubectl itself does. */
const behindMs = 30_000;

/** The real kubectl, talking to one API server. */
export class Kubectl {
  readonly #setup: KubectlSetup;

  constructor(setup: KubectlSetup) {
    this.#setup = setup;
  }

  /** Runs kubectl, whatever its exit code. */
  run(args: readonly string[], options: KubectlOptions = {}): Promise<CommandResult> {
    return runCommand(this.#setup.binary, args, this.#commandOptions(args, options));
  }

  /** Runs kubectl, which must succeed, and returns its stdout. Throws `CommandFailed`. */
  must(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return mustRun(this.#setup.binary, args, this.#commandOptions(args, options));
  }

  /** Applies objects, or a manifest as text. Throws `CommandFailed`. */
  async apply(manifest: string | readonly object[], options: KubectlOptions = {}): Promise<void> {
    const input =
      typeof manifest === "string" ? manifest : JSON.stringify({ apiVersion: "v1", kind: "List", items: manifest });
    await this.must(["apply", "-f", "-"], { ...options, input });
  }

  /** Reads one object or list. Throws `CommandFailed`. */
  async get(args: readonly string[], options: KubectlOptions = {}): Promise<unknown> {
    return JSON.parse(await this.must(["get", "-o", "json", ...args], options));
  }

  /** Waits until the API server serves the kinds of these CustomResourceDefinitions. Throws `CommandFailed`. */
  async established(...names: readonly string[]): Promise<void> {
    const definitions = names.map((name) => `crd/${name}`);
    await this.must(["wait", "--for=condition=Established", "--timeout=60s", ...definitions], {
      // A definition that is new has no conditions yet, and kubectl takes that for a broken object.
      passing: ".status.conditions accessor error",
    });
  }

  #commandOptions(args: readonly string[], { kubeconfig, ...options }: KubectlOptions): CommandOptions {
    const { home, namespaces } = this.#setup;
    return {
      ...limitFor(args),
      ...options,
      namespaces,
      env: { PATH: process.env["PATH"], HOME: home, KUBECONFIG: kubeconfig ?? this.#setup.kubeconfig },
    };
  }
}

/** Our time limit. When kubectl has one itself, ours is later, because kubectl's message says what it waited for. */
export function limitFor(args: readonly string[]): Pick<CommandOptions, "timeoutMs"> {
  const seconds = args.map((arg) => /^--timeout=(\d+)s$/.exec(arg)?.[1]).find((found) => found !== undefined);
  return seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1_000 + behindMs };
}
