import type { Flags } from "#lab/kubernetes/control-plane-flags.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, releases } from "#test/stacks/controller-process.ts";
import { until } from "#test/assertions/until.ts";

/** Controllers of one Lease, of which one leads. The identities that they log distinguish them. */
export class Leaders implements AsyncDisposable {
  readonly #stack: AdmissionStack;
  readonly #processes: readonly ManagedProcess[];
  /** The identities of runs that were killed. The Lease may still name them. */
  readonly #dead = new Set<string>();

  /** `node` has flags for Node itself. */
  constructor(stack: AdmissionStack, flags: Flags, node: readonly string[] = []) {
    this.#stack = stack;
    const names = ["controller-a", "controller-b"];
    this.#processes = names.map((name) => controllerProcess(stack, { name, flags, node, ready: "serving" }));
  }

  get processes(): readonly ManagedProcess[] {
    return this.#processes;
  }

  /** Starts the controllers that do not run. */
  async start(): Promise<void> {
    await Promise.all(this.#processes.filter(({ running }) => !running).map((process) => process.start()));
  }

  /** Waits for a leader other than `but`. */
  async leader(but?: ManagedProcess): Promise<ManagedProcess> {
    let found: ManagedProcess | undefined;
    await until(async () => {
      const holder = await this.#holder();
      found = this.#processes.find(
        (process) => process !== but && process.running && !this.#dead.has(holder) && identityOf(process) === holder,
      );
      return found !== undefined;
    }, 60_000);
    return found ?? this.leader(but);
  }

  /** Kills the leader by SIGKILL, and starts it again at once as a candidate. */
  async killLeader(): Promise<void> {
    const leader = await this.leader();
    await leader.kill();
    this.#dead.add(identityOf(leader) ?? "");
    await leader.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }

  /** The reason of each release by allocation id, from all runs. */
  released(): ReadonlyMap<string, string> {
    return new Map(this.#processes.flatMap((process) => [...releases(process)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #holder(): Promise<string> {
    const args = ["lease", "ovn4nfv-controller", "-n", systemNamespace, "--ignore-not-found"];
    const text = await this.#stack.plane.kubectl.must(["get", ...args, "-o", "jsonpath={.spec.holderIdentity}"]);
    return text.trim();
  }
}

/** The identity of a process when it last became the leader. */
function identityOf({ spec }: ManagedProcess): string | undefined {
  const lines = readJsonLines(spec.logFile) as readonly { readonly msg: string; readonly identity?: string }[];
  return lines.findLast(({ msg }) => msg === "became the leader")?.identity;
}
