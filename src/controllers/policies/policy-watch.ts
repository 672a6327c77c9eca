import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { type PolicyObject, projectPolicy, servedVersion } from "./policy-objects.ts";

interface Parts {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Their CRD is somebody else's, and may come later, change its versions, and go. */
const definitionName = `${resources.multiNetworkPolicies.plural}.${resources.multiNetworkPolicies.group}`;

type Served = "v1beta2" | "v1beta1" | undefined;

/** Keeps the MultiNetworkPolicies in memory while the cluster has their CRD, in the newest version that it serves. */
export class PolicyWatch {
  readonly #parts: Parts;
  readonly #known = Promise.withResolvers<undefined>();
  #served: Served;
  #informer: Informer<PolicyObject> | undefined;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** Called when policies came, changed or went. */
  onChange: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Returns when the signal has aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await watchNamed(
      {
        ...this.#parts,
        resource: resources.customResourceDefinitions,
        target: { name: definitionName },
        onState: (definition) => {
          this.#follow(servedVersion(definition), signal);
          this.#known.resolve(undefined);
        },
      },
      signal,
    );
    this.#stop.abort();
    await this.#running;
  }

  /** The policies; there are none without the CRD. */
  values(): Iterable<PolicyObject> {
    return this.#informer?.values() ?? [];
  }

  /** Waits until it is known whether there is a CRD, and until the policies were read. Throws `Aborted` or `DeadlineExceeded`. */
  async whenSynced(options: CallOptions): Promise<void> {
    const start = (resolve: (value: undefined) => void): void => void this.#known.promise.then(resolve);
    await settleWithin<undefined>(this.#parts.clock, options, "first read of the CRD of policies", start);
    await this.#informer?.whenSynced(options);
  }

  #follow(served: Served, signal: AbortSignal): void {
    if (served === this.#served) return;
    this.#served = served;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#parts.logger.info({ version: served ?? "none" }, "version of MultiNetworkPolicies");
    this.#informer = served && this.#open(served);
    const running = this.#informer?.run(AbortSignal.any([signal, this.#stop.signal]));
    this.#running = Promise.all([this.#running, running]);
    this.onChange();
  }

  #open(version: string): Informer<PolicyObject> {
    const changed = (): void => {
      this.onChange();
    };
    const informer = new Informer<PolicyObject>({
      ...this.#parts,
      name: "policies",
      resource: { ...resources.multiNetworkPolicies, version },
      project: projectPolicy,
      indexers: {},
    });
    informer.addHandler({ added: changed, updated: changed, deleted: changed });
    return informer;
  }
}
