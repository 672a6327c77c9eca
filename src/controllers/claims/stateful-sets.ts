// The StatefulSets of the cluster, for the claims of their replicas. A cluster without such claims has no watch for them.
import { isInRange, readReplicaRange, type ReplicaRange } from "#src/api/pod/replica-range.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FirstNeed } from "#src/kube/informer/first-need.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";

/** A StatefulSet, as far as the claims of its replicas depend on it. */
export interface StoredSet {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly isDeleting: boolean;
  readonly range: ReplicaRange;
}

type Options = Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics">;

export class StatefulSets {
  readonly #options: Options;
  readonly #api: ResourceApi;
  readonly #informer: Informer<StoredSet>;
  readonly #need = new FirstNeed();

  /** `changed` is called with `namespace/name` of a set that came, or that wants other replicas than before. */
  constructor(options: Options, changed: (key: string) => void) {
    this.#options = options;
    this.#api = new ResourceApi(options.client, resources.statefulSets);
    this.#informer = new Informer({
      ...options,
      name: "stateful-sets",
      resource: resources.statefulSets,
      project: projectSet,
      indexers: {},
    });
    this.#informer.addHandler({
      added: (set) => {
        changed(setKey(set));
      },
      updated: (old, now) => {
        if (old.uid !== now.uid || !isSameRange(old.range, now.range)) changed(setKey(now));
      },
    });
  }

  /** Watches from the first `follow` on, until the signal aborts. It may be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#need.run((running) => this.#informer.run(running), "StatefulSets", this.#options.clock, signal);
  }

  follow(): void {
    this.#need.arises();
  }

  /** Gives a set as the watch shows it; undefined while that is not known. */
  get(key: string): StoredSet | undefined {
    return this.#informer.get(key);
  }

  /** Reads a set from the API server. Undefined when it is not there. */
  async read(target: { readonly namespace: string; readonly name: string }, options: CallOptions) {
    const found = await this.#api.find(target, options);
    return found && projectSet(found);
  }
}

export function setKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** True when the set is to have this replica, and stays. */
export function wantsReplica({ isDeleting, range }: StoredSet, ordinal: number): boolean {
  return !isDeleting && isInRange(range, ordinal);
}

function projectSet(object: KubeObject): StoredSet {
  const { namespace = "", name, uid, deletionTimestamp } = object.metadata;
  return { namespace, name, uid, isDeleting: deletionTimestamp !== undefined, range: readReplicaRange(object) };
}

function isSameRange(a: ReplicaRange, b: ReplicaRange): boolean {
  return a.start === b.start && a.count === b.count;
}
