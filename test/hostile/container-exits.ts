// Notices every container of the product that ends, and whether a fault killed it.
import { systemClock } from "#src/core/clock.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import type { LabStack, PodObject } from "#test/stacks/lab/lab-stack.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";

interface Terminated {
  readonly containerID: string;
  readonly exitCode: number;
  readonly reason: string;
  readonly finishedAt: string;
}

export interface ContainerExit {
  readonly pod: string;
  readonly exitCode: number;
  /** The word of the kubelet: `Error`, `OOMKilled`. */
  readonly reason: string;
  readonly at: string;
  /** The end of its log. */
  readonly log: string;
}

const lookEveryMs = 4_000;

export class ContainerExits {
  readonly #stack: LabStack;
  readonly #expected = new Set<string>();
  readonly #seen = new Map<string, ContainerExit>();
  #expectedCount = 0;

  constructor(stack: LabStack) {
    this.#stack = stack;
  }

  /** A fault kills this container. */
  expect(containerId: string): void {
    this.#expected.add(containerId);
  }

  /** Looks until the signal aborts. The kubelet keeps one end of each container, so it looks often. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // The API server is not among the faults, but the machine may be slow.
      await this.look().catch(() => undefined);
      await systemClock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    for (const pod of await this.#stack.pods("", systemNamespace)) {
      for (const { containerID, exitCode, reason, finishedAt } of untoldEndsOf(pod)) {
        const id = containerID.replace(/^containerd:\/\//, "");
        if (this.#seen.has(id)) continue;
        const { metadata } = pod;
        const args = ["logs", metadata.name, `--namespace=${systemNamespace}`, "--previous", "--tail=8"];
        const { stdout } = await this.#stack.lab.controlPlane.kubectl.run(args);
        this.#seen.set(id, { pod: metadata.name, exitCode, reason, at: finishedAt, log: stdout });
        if (this.#expected.has(id)) this.#expectedCount += 1;
      }
    }
  }

  /** The containers that nobody killed on purpose. */
  unexpected(): readonly ContainerExit[] {
    return [...this.#seen].filter(([id]) => !this.#expected.has(id)).map(([, exit]) => exit);
  }

  /** The number of ends that faults brought about, as far as they were seen. */
  get expectedCount(): number {
    return this.#expectedCount;
  }
}

/**
 * The ends of a pod's containers that somebody must have brought about. A container that ends well in a pod that is
 * being deleted does what it was told: roll-outs delete the pods of the ReplicaSet before.
 */
export function untoldEndsOf(pod: PodObject): readonly Terminated[] {
  return endsOf(pod).filter(({ exitCode }) => exitCode !== 0 || hasNotToEnd(pod));
}

function endsOf({ status }: PodObject): readonly Terminated[] {
  const statuses = (status.containerStatuses ?? []) as readonly {
    readonly lastState?: { readonly terminated?: Terminated };
    readonly state?: { readonly terminated?: Terminated };
  }[];
  return statuses.flatMap(({ lastState, state }) =>
    [lastState?.terminated, state?.terminated].filter((ended) => ended !== undefined),
  );
}
