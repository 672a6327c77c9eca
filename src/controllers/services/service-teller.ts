import { serviceKeys } from "#src/api/annotation-keys.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { printAddresses, type ServiceDecision } from "./service-decision.ts";
import { serviceCondition, type ServiceObject } from "./service-object.ts";

export interface ServiceTellerOptions {
  readonly api: Pick<ResourceApi, "patchIfThere">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

interface Told {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Tells people what became of a Service: by a condition and an annotation of it, by Events and by the log. */
export class ServiceTeller {
  readonly #options: ServiceTellerOptions;

  constructor(options: ServiceTellerOptions) {
    this.#options = options;
  }

  /** Writes what is new. The API server takes annotations with the status, and leaves the spec as it is. */
  async tell(object: ServiceObject, decision: ServiceDecision, options: CallOptions): Promise<void> {
    const { api, clock, events, logger } = this.#options;
    const { namespace, name, uid, told: before } = object;
    const told = tellingOf(decision);
    const addresses = decision.kind === "served" ? printAddresses(decision.service) : object.addressText;
    const isSame = (["status", "reason", "message"] as const).every((key) => before?.[key] === told[key]);
    if (isSame && addresses === object.addressText) return;
    const condition = { type: serviceCondition, ...told, lastTransitionTime: new Date(clock.now()).toISOString() };
    const annotations = addresses === undefined ? {} : { [serviceKeys.serviceIps.key]: addresses };
    const body = { metadata: { uid, annotations }, status: { conditions: [condition] } };
    await api.patchIfThere({ namespace, name }, "strategic", body, { ...options, subresource: "status" });
    if (before?.reason === told.reason) return;
    logger.info({ namespace, service: name, ...told }, "service status changed");
    const { services } = resources;
    const subject = { apiVersion: apiVersionOf(services), kind: services.kind, namespace, name, uid };
    const type = told.status === "True" ? "Normal" : "Warning";
    events.record({ subject, type, reason: told.reason, message: told.message });
    const { config } = object;
    if (before === undefined && typeof config !== "string" && config.hasClusterIp) {
      const message =
        "the clusterIP of this Service is served by nobody; write clusterIP: None, and use the address in the annotation";
      events.record({ subject, type: "Warning", reason: "ClusterIPNotServed", message });
    }
  }
}

function tellingOf(decision: ServiceDecision): Told {
  if (decision.kind === "refused") return { status: "False", reason: decision.reason, message: decision.message };
  if (decision.problem !== undefined) return { status: "False", ...decision.problem };
  return { status: "True", reason: "Served", message: `at ${printAddresses(decision.service)}` };
}
