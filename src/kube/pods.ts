import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "./client/api-client.ts";
import { isConflict, isInvalid, isNotFound } from "./client/api-error.ts";
import { addFinalizerPatch, type FinalizerChange, removeFinalizerPatch } from "./finalizers.ts";
import type { KubeObject } from "./client/kube-object.ts";
import { ResourceApi } from "./client/resource-api.ts";
import { resources } from "./client/resources.ts";

export interface PodSelection {
  /** A label key (with any value), `key=value`, or any other selector of Kubernetes. */
  readonly labelSelector: string;
  readonly namespace?: string;
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A condition in the status of a pod, as the API has it. */
export interface PodCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, in whole seconds. */
  readonly lastTransitionTime: string;
}

export type PatchOutcome = "patched" | "gone";

/**
 * Writes go through this subresource. The API server takes finalizers, labels and annotations there, and leaves the spec as it
 * is, so that no process of ours needs the right to change pods.
 */
const subresource = "status";

/** The calls about pods that webhook, controller and agent make. */
export class PodApi {
  readonly #pods: ResourceApi;

  constructor(client: ApiClient) {
    this.#pods = new ResourceApi(client, resources.pods);
  }

  /**
   * Reads all pods with the label, in pages of 500, and keeps of each pod only the result of `read`. The list comes from etcd
   * (resourceVersion unset), so that it has every pod that was stored before the call. `read` sees each pod once.
   */
  async listByLabel<T>(
    selection: PodSelection,
    read: (pod: KubeObject) => T,
    options: CallOptions = {},
  ): Promise<readonly T[]> {
    let found: T[] = [];
    for await (const page of this.#pods.pages(selection, options)) {
      if (page.restarted) found = [];
      for (const pod of page.items) found.push(read(pod));
    }
    return found;
  }

  /** A live read of a pod. It is `undefined` when there is no such pod, or when the pod has another `uid`. */
  async get(target: PodName & { readonly uid?: string }, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const pod = await this.#pods.find(target, options);
    return target.uid === undefined || pod?.metadata.uid === target.uid ? pod : undefined;
  }

  /** Takes our finalizer, labels and annotations from this pod. `gone` means that there is no such pod, or another of that name. */
  removeFinalizer(target: PodName, change: FinalizerChange, options: CallOptions = {}): Promise<PatchOutcome> {
    return this.#patchThisPod(target, change.uid, removeFinalizerPatch(change), options);
  }

  /** Puts a finalizer back that somebody removed. `gone` has the same meaning as for `removeFinalizer`. */
  addFinalizer(
    target: PodName,
    change: Pick<FinalizerChange, "uid" | "finalizer">,
    options: CallOptions = {},
  ): Promise<PatchOutcome> {
    return this.#patchThisPod(target, change.uid, addFinalizerPatch(change), options);
  }

  /** Writes one condition of this pod and leaves its others alone. `gone` has the same meaning as for `removeFinalizer`. */
  setCondition(
    target: PodName,
    { uid, condition }: { readonly uid: string; readonly condition: PodCondition },
    options: CallOptions = {},
  ): Promise<PatchOutcome> {
    return this.#patchThisPod(target, uid, { metadata: { uid }, status: { conditions: [condition] } }, options);
  }

  /**
   * Applies RFC 6902 operations on metadata to exactly the version of the pod that was read. When the pod was scheduled,
   * changed or re-created in the meantime, the server answers Invalid and the pod stays as it is. It ignores other operations.
   */
  async patchAsRead(pod: KubeObject, operations: readonly object[], options: CallOptions = {}): Promise<void> {
    const { namespace, name, uid, resourceVersion } = pod.metadata;
    const tests = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
    ];
    await this.#pods.patch({ namespace, name }, "json", [...tests, ...operations], { ...options, subresource });
  }

  /** The server answers Conflict or Invalid for a wrong uid, and also for other faults. A live read tells them apart. */
  async #patchThisPod(target: PodName, uid: string, body: object, options: CallOptions): Promise<PatchOutcome> {
    try {
      await this.#pods.patch(target, "strategic", body, { ...options, subresource });
      return "patched";
    } catch (caught) {
      if (isNotFound(caught)) return "gone";
      if (!isConflict(caught) && !isInvalid(caught)) throw caught;
      if ((await this.get({ ...target, uid }, options)) === undefined) return "gone";
      throw caught;
    }
  }
}
