import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "./client/api-client.ts";
import { isConflict, isInvalid, isNotFound } from "./client/api-error.ts";
import { addFinalizerPatch, type FinalizerChange, removeFinalizerPatch } from "./finalizers.ts";
import type { KubeObject } from "./client/kube-object.ts";
import { ResourceApi } from "./client/resource-api.ts";
import { resources } from "./client/resources.ts";

export interface PodSelection {
  /** A label key (any value), `key=value`, or any selector that Kubernetes knows. */
  readonly labelSelector: string;
  readonly namespace?: string;
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export type PatchOutcome = "patched" | "gone";

/** The pod calls of the webhook (claims), the sweep (does a pod hold it?), the cleaner (release) and late allocation. */
export class PodApi {
  readonly #pods: ResourceApi;

  constructor(client: ApiClient) {
    this.#pods = new ResourceApi(client, resources.pods);
  }

  /**
   * Every pod with the label, projected one page (500) at a time, so that whole pods are not kept. The read is from
   * etcd (resourceVersion unset): a pod that was stored before the call is in it. `read` sees each pod once.
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

  /** A live read; `undefined` when there is no such pod, or when it is another one (`uid`). */
  async get(target: PodName & { readonly uid?: string }, options: CallOptions = {}): Promise<KubeObject | undefined> {
    try {
      const pod = await this.#pods.get(target, options);
      return target.uid === undefined || pod.metadata.uid === target.uid ? pod : undefined;
    } catch (caught) {
      if (isNotFound(caught)) return undefined;
      throw caught;
    }
  }

  /** Takes our finalizer, labels and annotations from this very pod. `gone`: no such pod any more, or another one of that name. */
  removeFinalizer(target: PodName, change: FinalizerChange, options: CallOptions = {}): Promise<PatchOutcome> {
    return this.#patchThisPod(target, change.uid, removeFinalizerPatch(change), options);
  }

  /** Puts a stripped finalizer back. `gone` as in `removeFinalizer`. */
  addFinalizer(
    target: PodName,
    change: Pick<FinalizerChange, "uid" | "finalizer">,
    options: CallOptions = {},
  ): Promise<PatchOutcome> {
    return this.#patchThisPod(target, change.uid, addFinalizerPatch(change), options);
  }

  /**
   * Applies RFC 6902 operations to the very version of the pod that was read: one that was scheduled, changed or made
   * anew meanwhile is answered Invalid, and stays as it is.
   */
  async patchAsRead(pod: KubeObject, operations: readonly object[], options: CallOptions = {}): Promise<void> {
    const { namespace, name, uid, resourceVersion } = pod.metadata;
    const tests = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
    ];
    await this.#pods.patch({ namespace, name }, "json", [...tests, ...operations], options);
  }

  /** A wrong uid is answered Conflict or Invalid, and so are other faults: a live read tells which it was. */
  async #patchThisPod(target: PodName, uid: string, body: object, options: CallOptions): Promise<PatchOutcome> {
    try {
      await this.#pods.patch(target, "strategic", body, options);
      return "patched";
    } catch (caught) {
      if (isNotFound(caught)) return "gone";
      if (!isConflict(caught) && !isInvalid(caught)) throw caught;
      if ((await this.get({ ...target, uid }, options)) === undefined) return "gone";
      throw caught;
    }
  }
}
