import { type CommandOptions, type CommandResult, mustRun, runCommand } from "./command.ts";
import type { Namespaces } from "./namespaces.ts";

export interface KubectlOptions extends Pick<CommandOptions, "input" | "timeoutMs" | "signal"> {
  /** Another user than the administrator: the path of a kubeconfig. */
  readonly kubeconfig?: string;
}

interface KubectlSetup {
  readonly binary: string;
  readonly kubeconfig: string;
  /** kubectl's HOME: its caches stay out of the user's. */
  readonly home: string;
  readonly namespaces: Namespaces | undefined;
}

/** The real kubectl, talking to one API server. */
export class Kubectl {
  readonly #setup: KubectlSetup;

  constructor(setup: KubectlSetup) {
    this.#setup = setup;
  }

  /** Runs kubectl, whatever its exit code. */
  run(args: readonly string[], options: KubectlOptions = {}): Promise<CommandResult> {
    return runCommand(this.#setup.binary, args, this.#commandOptions(options));
  }

  /** Runs kubectl, which must succeed, and returns its stdout. Throws `CommandFailed`. */
  must(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return mustRun(this.#setup.binary, args, this.#commandOptions(options));
  }

  /** Applies objects, or a manifest as text. Throws `CommandFailed`. */
  async apply(manifest: string | readonly object[], options: KubectlOptions = {}): Promise<void> {
    const input =
      typeof manifest === "string" ? manifest : JSON.stringify({ apiVersion: "v1", kind: "List", items: manifest });
    await this.must(["apply", "-f", "-"], { ...options, input });
  }

  /** One object or list, parsed. Throws `CommandFailed`. */
  async get(args: readonly string[], options: KubectlOptions = {}): Promise<unknown> {
    return JSON.parse(await this.must(["get", "-o", "json", ...args], options));
  }

  #commandOptions({ kubeconfig, ...options }: KubectlOptions): CommandOptions {
    const { home, namespaces } = this.#setup;
    return {
      ...options,
      namespaces,
      env: { PATH: process.env["PATH"], HOME: home, KUBECONFIG: kubeconfig ?? this.#setup.kubeconfig },
    };
  }
}
