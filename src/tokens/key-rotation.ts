import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import { PodApi } from "#src/kube/pods.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { resources } from "#src/kube/client/resources.ts";
import { podsByTokenKey } from "./carried-keys.ts";
import { type KeyPlaces, KeyStore, type StoredKeys } from "./key-store.ts";
import { nextRotationStep, type RotationRules } from "./rotation-step.ts";

export interface KeyRotationOptions {
  readonly client: ApiClient;
  readonly places: KeyPlaces;
  readonly rules: RotationRules;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const passMs = 60_000;

/** Rotates the keys, in the leader. It measures the age of each state by its own clock and stores nothing. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #store: KeyStore;
  readonly #pods: PodApi;
  /** The time at which a published key was first seen not to sign, by kid. */
  readonly #idleSince = new Map<string, number>();
  #listedAtMs: number | undefined;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#store = new KeyStore(options.client, options.places, options.clock);
    this.#pods = new PodApi(options.client);
  }

  /** Runs until the signal aborts, and never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const { client, clock, logger, metrics } = this.#options;
    const watched = [
      { resource: resources.secrets, target: this.#store.secret.name },
      { resource: resources.configMaps, target: this.#store.configMap.name },
    ];
    const pass = (within: AbortSignal) => this.#pass(within);
    return keepObjects({ name: "token-keys", client, watched, pass, clock, logger, metrics }, signal);
  }

  async #pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { clock, rules, logger } = this.#options;
    const nowMs = clock.monotonicMs();
    const call = { signal, deadlineMs: nowMs + passMs };
    const stored = await this.#store.read(call);
    const idleMs = this.#observe(stored, nowMs);
    const published = new Set(stored.published.keys());
    const sinceListMs = this.#listedAtMs === undefined ? undefined : nowMs - this.#listedAtMs;
    const step = nextRotationStep({ ring: stored.ring, published, idleMs, sinceListMs }, rules, clock.now());
    switch (step.do) {
      case "wait":
        return { requeueAfterMs: step.forMs };
      case "create":
        await this.#store.create(stored, call);
        break;
      case "publish":
        await this.#store.publish(stored, call);
        break;
      case "add-next":
        await this.#store.addNext(stored, call);
        break;
      case "promote":
        if (await this.#store.promote(stored, step.kid, call)) {
          logger.info({ kid: step.kid, before: stored.ring?.signing }, "token key rotated");
        }
        break;
      case "retire":
        await this.#retire(stored, step.kids, call);
        this.#listedAtMs = nowMs;
    }
    return { requeueAfterMs: 0 };
  }

  async #retire(stored: StoredKeys, kids: readonly string[], call: CallOptions): Promise<void> {
    const carried = await podsByTokenKey(this.#pods, call);
    const unused = kids.filter((kid) => !carried.has(kid));
    if (unused.length === 0) return;
    if (await this.#store.remove(stored, unused, call)) {
      this.#options.logger.info({ kids: unused }, "public token keys that no pod carries were removed");
    }
  }

  #observe({ ring, published }: StoredKeys, nowMs: number): ReadonlyMap<string, number> {
    for (const kid of this.#idleSince.keys()) {
      if (!published.has(kid) || kid === ring?.signing) this.#idleSince.delete(kid);
    }
    for (const kid of published.keys()) {
      if (kid !== ring?.signing && !this.#idleSince.has(kid)) this.#idleSince.set(kid, nowMs);
    }
    return new Map([...this.#idleSince].map(([kid, sinceMs]) => [kid, nowMs - sinceMs]));
  }
}
