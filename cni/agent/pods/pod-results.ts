import type { PodArgs } from "#cni/contract/cni-args.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { withChangedBandwidth } from "#src/api/changed-bandwidth.ts";
import { byAge, isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import { mirrorAnnotation, type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, parseResult } from "#src/api/result.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, isRefusal, refusal } from "#src/core/errors.ts";
import { verifyPodToken } from "#src/tokens/pod-token.ts";
import type { TokenKeys, TokenSubject } from "#src/tokens/token.ts";
import type { Informer } from "#src/kube/informer/informer.ts";
import type { PodApi } from "#src/kube/pods.ts";

/** The pods of this node that hold an allocation. */
export type NodePods = Informer<PodMetadata, "allocation">;

/** A pod and the interfaces that were allocated for it. */
export interface PodResult {
  readonly pod: PodMetadata;
  /** Allocation id. */
  readonly allocation: string;
  readonly interfaces: readonly InterfaceResult[];
}

export interface PodResultsOptions {
  readonly pods: Pick<NodePods, "get" | "byIndex">;
  readonly api: Pick<PodApi, "get">;
  readonly keys: TokenKeys;
  /** Called for each fault in the annotation by which somebody changes limits of bandwidth. */
  readonly onWrongLimits?: (pod: PodMetadata, error: AppError) => void;
}

/** Finds the pod that a call is for, and its verified result. */
export class PodResults {
  readonly #options: PodResultsOptions;

  constructor(options: PodResultsOptions) {
    this.#options = options;
  }

  /**
   * The pod as the informer knows it. When the informer is behind, or the pod has no label, it is a live read. Undefined when
   * there is none; it may be another pod of the name, see `livingPod`. Throws the errors of a call to the API server.
   */
  async find(args: PodArgs, options: CallOptions): Promise<PodMetadata | undefined> {
    const known = this.#options.pods.get(`${args.namespace}/${args.name}`);
    return known !== undefined && isPodOfArgs(known, args) ? known : this.live(args, options);
  }

  /** The pod as it is stored now. Throws the errors of a call to the API server. */
  async live({ namespace, name }: PodArgs, options: CallOptions): Promise<PodMetadata | undefined> {
    const live = await this.#options.api.get({ namespace, name }, options);
    return live === undefined ? undefined : readPod(live);
  }

  /**
   * The result of the pod, after its token has shown that a webhook of ours made it, with the limits of bandwidth that its
   * annotation says; undefined when the pod has no result.
   * Throws `Malformed` or `ForgedResult`. A copy of the token of another pod that lives on this node counts as forged, too:
   * the token for a generated name would be valid for every pod whose name has that prefix.
   */
  async verified(pod: PodMetadata): Promise<PodResult | undefined> {
    const signed = await this.#signed(pod);
    if (signed === undefined) return undefined;
    const elders = this.#options.pods
      .byIndex("allocation", signed.allocation)
      .filter((other) => other.metadata.uid !== pod.metadata.uid && !isTerminal(other) && byAge(other, pod) < 0);
    for (const elder of elders) if (await this.#isSigned(elder)) throw copied(pod, elder);
    const interfaces = withChangedBandwidth(parseResult(signed.result), pod.metadata.annotations, (error) => {
      this.#options.onWrongLimits?.(pod, error);
    });
    return { pod, allocation: signed.allocation, interfaces };
  }

  async #signed(pod: PodMetadata): Promise<TokenSubject | undefined> {
    return hasResult(pod) ? verifyPodToken(pod, this.#options.keys) : undefined;
  }

  /** Anybody can write a label, so the token is verified too. */
  async #isSigned(pod: PodMetadata): Promise<boolean> {
    try {
      return (await this.#signed(pod)) !== undefined;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
}

/** Whether a pod has a result, so that a webhook of ours may have seen it. */
export function hasResult({ metadata }: PodMetadata): boolean {
  return metadata.annotations[annotationKeys.result.key] !== undefined;
}

/** Runtimes know a static pod by the hash of its configuration, which its mirror pod carries in an annotation. */
function isPodOfArgs({ metadata }: PodMetadata, { uid }: PodArgs): boolean {
  return uid === undefined || metadata.uid === uid || metadata.annotations[mirrorAnnotation] === uid;
}

/** The pod that was found, if a sandbox of it may be wired. Throws `SandboxUnknown` when it is gone, ends, or is another one. */
export function livingPod(pod: PodMetadata | undefined, args: PodArgs): PodMetadata {
  const gone = (why: string) => new AppError("SandboxUnknown", `the pod ${args.namespace}/${args.name} ${why}`);
  if (pod === undefined) throw gone("is gone");
  if (!isPodOfArgs(pod, args)) throw gone("was replaced by another one of its name");
  if (pod.metadata.deletionTimestamp !== undefined) throw gone("is being deleted");
  if (isTerminal(pod)) throw gone("has ended");
  return pod;
}

function copied({ metadata }: PodMetadata, elder: PodMetadata): AppError {
  return refusal("ForgedResult", {
    field: `the allocation token of ${metadata.namespace ?? ""}/${metadata.name ?? ""}`,
    value: undefined,
    reason: `was copied from the pod ${elder.metadata.name ?? ""}, which is older and lives on this node`,
    remedy: "re-create the pod",
  });
}
