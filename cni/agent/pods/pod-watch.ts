// A call needs to know of its pod: the signed result, whether the pod is still wanted, and whose turn it is.
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { NodePods } from "./pod-results.ts";

/** One ADD that runs. */
interface Wiring {
  readonly uid: string | undefined;
  readonly sandbox: string;
  readonly giveUp: (reason: AppError) => void;
}

/** Aborts running ADDs that have become useless because their pod is deleted, or has another sandbox. */
export class PodWatch {
  readonly #wirings = new Map<string, Set<Wiring>>();

  /** Listens to the informer for as long as that runs. */
  constructor(pods: Pick<NodePods, "addHandler">) {
    pods.addHandler({
      updated: (_, pod) => {
        if (pod.metadata.deletionTimestamp !== undefined) this.#podGoes(pod);
      },
      deleted: (pod) => {
        this.#podGoes(pod);
      },
    });
  }

  /** Runs `wire` with a signal that also aborts when the pod goes, or a newer sandbox of it is wired. */
  async during<T>(
    pod: PodMetadata,
    sandbox: string,
    signal: AbortSignal,
    wire: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const key = keyOf(pod);
    const pointless = new AbortController();
    const wiring: Wiring = {
      uid: pod.metadata.uid,
      sandbox,
      giveUp: (reason) => {
        pointless.abort(reason);
      },
    };
    const others = this.#wirings.get(key) ?? new Set();
    for (const other of others) {
      if (other.sandbox !== sandbox) other.giveUp(new AppError("SandboxUnknown", `${key} has a newer sandbox`));
    }
    this.#wirings.set(key, others.add(wiring));
    try {
      return await wire(AbortSignal.any([signal, pointless.signal]));
    } catch (error) {
      throw fromUnknown(pointless.signal.aborted ? pointless.signal.reason : error);
    } finally {
      others.delete(wiring);
      if (others.size === 0) this.#wirings.delete(key);
    }
  }

  #podGoes(pod: PodMetadata): void {
    const key = keyOf(pod);
    for (const { uid, giveUp } of this.#wirings.get(key) ?? []) {
      if (uid === pod.metadata.uid) giveUp(new AppError("SandboxUnknown", `the pod ${key} was deleted meanwhile`));
    }
  }
}

function keyOf({ metadata }: PodMetadata): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}
