import { type FloatingIpStatus, floatingIpStatusSchema } from "#src/api/floating-ip/floating-ip-schema.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { isSameStatus, newsIn } from "../conditions/conditions.ts";
import { StateCounts } from "../conditions/state-counts.ts";
import type { FloatingIpObject } from "./floating-ip-object.ts";
import { type FloatingIpOutcome, floatingIpStatus } from "./floating-ip-status.ts";

export interface FloatingIpTellerOptions {
  readonly api: Pick<ResourceApi, "patchIfThere">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "set">;
}

const states = ["ready", "waiting", "without_address"] as const;

/** Tells people what became of FloatingIPs: by the status of each, by Events, by the log and by a measure. */
export class FloatingIpTeller {
  readonly #options: FloatingIpTellerOptions;
  /** The status that was written last for an object, and the version of the object for which it was. */
  readonly #told = new Map<string, { readonly resourceVersion: string; readonly status: FloatingIpStatus }>();
  readonly #counts: StateCounts<(typeof states)[number]>;

  constructor(options: FloatingIpTellerOptions) {
    this.#options = options;
    this.#counts = new StateCounts(states, (state, count) => {
      options.metrics.set("ovn4nfv_floating_ips", { state }, count);
    });
  }

  /** The status as it was written last. The informer may not have seen it yet. */
  statusOf({ uid, object, status }: FloatingIpObject): FloatingIpStatus | undefined {
    const told = this.#told.get(uid);
    return told?.resourceVersion === object.metadata.resourceVersion ? told.status : status;
  }

  /** Called when an object is gone. */
  forget(uid: string): void {
    this.#told.delete(uid);
    this.#counts.set(uid, undefined);
  }

  /** Writes the status when it says something new, and Events when Ready has another reason, and when the address moved. */
  async tell(fip: FloatingIpObject, outcome: FloatingIpOutcome, options: CallOptions): Promise<void> {
    const { api, clock, logger } = this.#options;
    const { namespace, name, uid, object } = fip;
    const { address, target } = outcome;
    this.#counts.set(uid, target !== undefined ? "ready" : address !== undefined ? "waiting" : "without_address");
    const before = this.statusOf(fip);
    const status = floatingIpStatus(outcome, { ...fip, status: before }, new Date(clock.now()).toISOString());
    if (isSameStatus(floatingIpStatusSchema, status, before)) return;
    // A merge patch keeps what it does not name.
    const gone = { pod: null, network: null, interface: null, podAddress: null };
    const body = { metadata: { uid }, status: { ...gone, ...status } };
    await api.patchIfThere({ namespace, name }, "merge", body, { ...options, subresource: "status" });
    this.#told.set(uid, { resourceVersion: object.metadata.resourceVersion, status });
    const { pod } = status;
    if (pod !== undefined && before?.pod !== undefined && before.pod !== pod) {
      logger.info({ namespace, floatingIp: name, from: before.pod, to: pod }, "floating address moved");
      this.#record(
        fip,
        "Normal",
        "Moved",
        `${status.address ?? ""} leads to pod ${pod}, and not to ${before.pod} any more`,
      );
    }
    for (const { reason, message, status: holds } of newsIn(status, before)) {
      logger.info({ namespace, floatingIp: name, reason, message }, "floating address status changed");
      const note = message === "" ? `${status.address ?? ""} leads to pod ${pod ?? ""}` : message;
      this.#record(fip, holds === "True" ? "Normal" : "Warning", reason, note);
    }
  }

  #record(
    { namespace, name, uid }: FloatingIpObject,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    const { floatingIps } = resources;
    const subject = { apiVersion: apiVersionOf(floatingIps), kind: floatingIps.kind, namespace, name, uid };
    this.#options.events.record({ subject, type, reason, message });
  }
}
