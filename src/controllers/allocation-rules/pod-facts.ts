import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import { readableResultOf } from "./consistency.ts";
import type { LabelledPod } from "./allocation-actions.ts";
import { type ForcedState, isForced, judgeRelease, type NodeState } from "./release-rule.ts";
import { examinePodToken } from "#src/tokens/pod-token.ts";

export interface PodFactsOptions {
  readonly keys: TokenKeys;
  readonly nodeState: (node: string, signal: AbortSignal) => Promise<NodeState>;
  readonly monotonicMs: () => number;
  readonly forceBoundMs: number;
}

/** Finds out the facts about a pod that the decision needs and the pod itself does not tell. */
export class PodFacts {
  readonly #options: PodFactsOptions;
  /** By UID, the pods that were deleted by force: their node, and the time since which this process has known. */
  readonly #forced = new Map<
    string,
    { readonly sinceMs: number; readonly node: string; readonly allocation: string }
  >();

  constructor(options: PodFactsOptions) {
    this.#options = options;
  }

  async find(pod: PodMetadata, allocation: string, signal: AbortSignal): Promise<LabelledPod> {
    const { keys, monotonicMs } = this.#options;
    const forced = await this.#forcedState(pod, allocation, signal);
    const release = judgeRelease(pod, monotonicMs(), forced);
    if (release.release) this.#forced.delete(pod.metadata.uid ?? "");
    const { verdict: token, revision } = await examinePodToken(pod, keys);
    return { pod, release, token, revision, results: readableResultOf(pod) };
  }

  /** Allocations of forced pods on a node that is gone. */
  allocationsOn(node: string): readonly string[] {
    return [...this.#forced.values()].filter((each) => each.node === node).map(({ allocation }) => allocation);
  }

  /** Called when the pod object is gone. */
  forget(uid: string): void {
    this.#forced.delete(uid);
  }

  async #forcedState(pod: PodMetadata, allocation: string, signal: AbortSignal): Promise<ForcedState | undefined> {
    const { uid = "" } = pod.metadata;
    const node = pod.spec.nodeName;
    if (!isForced(pod) || node === undefined) {
      this.#forced.delete(uid);
      return undefined;
    }
    const { monotonicMs, nodeState, forceBoundMs } = this.#options;
    const { sinceMs } = this.#forced.get(uid) ?? { sinceMs: monotonicMs() };
    this.#forced.set(uid, { sinceMs, node, allocation });
    return { node: await nodeState(node, signal), sinceMs, boundMs: forceBoundMs };
  }
}
