import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectName, ResourceApi } from "#src/kube/client/resource-api.ts";
import type { Resource } from "#src/kube/client/resources.ts";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";

/**
 * Whoever creates pods chooses the names that are read, so few reads are made at once for all pods together. The namespaces take turns,
 * so that a flood of pods in one does not keep the others waiting.
 */
const maxReadsAtOnce = 8;

/** Reads of names that a synced informer does not have. They only confirm that, and pods do not wait for them in turn. */
const confirmations = { ratePerSecond: 10, burst: 20 };

/** Reads single objects of a kind, whose names pods give, from the API server, within limits for the whole process. */
export class NamedReader<T> {
  readonly #resource: Resource;
  readonly #api: ResourceApi;
  readonly #project: (object: KubeObject) => T;
  readonly #clock: Clock;
  readonly #confirmations = new TokenBucket(confirmations);
  /** The requests that wait for a turn, by namespace. The namespace whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #reading = 0;

  constructor(client: ApiClient, resource: Resource, project: (object: KubeObject) => T, clock: Clock) {
    this.#resource = resource;
    this.#api = new ResourceApi(client, resource);
    this.#project = project;
    this.#clock = clock;
  }

  /** True when a name that a synced informer lacks may be confirmed by a read now. The caller then reads it. */
  mayConfirm(): boolean {
    return this.#confirmations.tryTake(this.#clock.monotonicMs());
  }

  /** Gives undefined when the object does not exist, or its resource is not installed. Waits for its turn. */
  async read(target: ObjectName, options: CallOptions): Promise<T | undefined> {
    await this.#enter(target.namespace ?? "", options);
    try {
      const found = await this.#api.find(target, options);
      return found === undefined ? undefined : this.#project(found);
    } finally {
      this.#leave();
    }
  }

  async #enter(namespace: string, options: CallOptions): Promise<void> {
    if (this.#reading < maxReadsAtOnce) {
      this.#reading += 1;
      return;
    }
    let begin = (): void => undefined;
    const what = `waiting for a turn to read a ${this.#resource.kind}`;
    const wait = (resolve: (value: undefined) => void): void => {
      begin = () => {
        resolve(undefined);
      };
      this.#waiting.set(namespace, (this.#waiting.get(namespace) ?? new Set()).add(begin));
    };
    await settleWithin(this.#clock, options, what, wait, (error) => {
      this.#waiting.get(namespace)?.delete(begin);
      return error;
    });
  }

  /** Hands the turn to the one that has waited longest in the namespace that is next. */
  #leave(): void {
    for (const [namespace, own] of this.#waiting) {
      this.#waiting.delete(namespace);
      const [next] = own;
      if (next === undefined) continue;
      own.delete(next);
      if (own.size > 0) this.#waiting.set(namespace, own);
      next();
      return;
    }
    this.#reading -= 1;
  }
}
