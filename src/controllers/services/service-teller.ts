import { serviceKeys } from "#src/api/annotation-keys.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { printIp } from "#src/net/ip.ts";
import type { ServedOutside } from "./outside-holds.ts";
import { printAddresses, type ServiceDecision } from "./service-decision.ts";
import { outsideCondition, serviceCondition, type ServiceObject, type ToldCondition } from "./service-object.ts";

export interface ServiceTellerOptions {
  readonly api: Pick<ResourceApi, "patchIfThere">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** The words about one side of a Service, with those that were told before. */
interface Side {
  readonly type: string;
  readonly before: ToldCondition | undefined;
  /** Undefined where the Service does not ask for this side any more. */
  readonly told: ToldCondition | undefined;
}

/** Tells people what became of a Service: by its status and an annotation, by Events and by the log. */
export class ServiceTeller {
  readonly #options: ServiceTellerOptions;

  constructor(options: ServiceTellerOptions) {
    this.#options = options;
  }

  /**
   * Writes what is new. The API server takes annotations with the status, and leaves the spec as it is. `outside` is undefined
   * for a Service that does not ask to be reached from there.
   */
  async tell(
    object: ServiceObject,
    decision: ServiceDecision,
    outside: ServedOutside | undefined,
    options: CallOptions,
  ): Promise<void> {
    const { api, clock } = this.#options;
    const { namespace, name, uid, told: before, toldOutside } = object;
    const sides: readonly Side[] = [
      { type: serviceCondition, before, told: tellingOf(decision) },
      { type: outsideCondition, before: toldOutside, told: outside && outsideTelling(outside) },
    ];
    const changed = sides.filter((side) => !isAlike(side));
    const inside = decision.kind === "served" ? printAddresses(decision.service) : "";
    const addresses = inside === "" ? object.addressText : inside;
    const ingress = ingressOf(object, outside);
    if (changed.length === 0 && addresses === object.addressText && ingress === undefined) return;
    const lastTransitionTime = new Date(clock.now()).toISOString();
    const conditions = changed.map(({ type, told }) =>
      told === undefined ? { type, $patch: "delete" } : { type, ...told, lastTransitionTime },
    );
    const annotations = addresses === undefined ? {} : { [serviceKeys.serviceIps.key]: addresses };
    const status = {
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(ingress && { loadBalancer: { ingress } }),
    };
    const body = { metadata: { uid, annotations }, status };
    await api.patchIfThere({ namespace, name }, "strategic", body, { ...options, subresource: "status" });
    for (const side of changed) this.#record(object, side);
    if (before === undefined) this.#warnOfClusterIp(object);
  }

  #record(object: ServiceObject, { before, told }: Side): void {
    if (told === undefined || before?.reason === told.reason) return;
    const { namespace, name } = object;
    this.#options.logger.info({ namespace, service: name, ...told }, "service status changed");
    const type = told.status === "True" ? "Normal" : "Warning";
    const { reason, message } = told;
    this.#options.events.record({ subject: subjectOf(object), type, reason, message });
  }

  #warnOfClusterIp(object: ServiceObject): void {
    const { config } = object;
    if (typeof config === "string" || !config.hasClusterIp) return;
    // Kubernetes gives every Service of the type LoadBalancer a ClusterIP.
    const cure =
      config.outside === undefined ? "write clusterIP: None, and use the address in" : "use the addresses in";
    const where = config.outside === undefined ? "the annotation" : "the annotation and in the status";
    const message = `the clusterIP of this Service is served by nobody; ${cure} ${where}`;
    this.#options.events.record({ subject: subjectOf(object), type: "Warning", reason: "ClusterIPNotServed", message });
  }
}

function subjectOf({ namespace, name, uid }: ServiceObject) {
  const { services } = resources;
  return { apiVersion: apiVersionOf(services), kind: services.kind, namespace, name, uid };
}

function isAlike({ before, told }: Side): boolean {
  return (["status", "reason", "message"] as const).every((key) => before?.[key] === told?.[key]);
}

/**
 * The addresses to write into `status.loadBalancer`; undefined when nothing is to be written. Addresses that we wrote go with the
 * wish. A Service that never asked us may have those of somebody else.
 */
function ingressOf(
  { ingress, toldOutside }: ServiceObject,
  outside: ServedOutside | undefined,
): readonly { readonly ip: string }[] | undefined {
  if (outside === undefined && toldOutside === undefined) return undefined;
  const wanted = (outside?.told ?? []).map(printIp);
  const told = ingress.map(printIp);
  const isSame = wanted.length === told.length && wanted.every((ip, index) => told[index] === ip);
  return isSame ? undefined : wanted.map((ip) => ({ ip }));
}

function tellingOf(decision: ServiceDecision): ToldCondition {
  if (decision.kind === "refused") return { status: "False", reason: decision.reason, message: decision.message };
  const { problem, service } = decision;
  if (problem !== undefined) return { status: "False", reason: problem.reason, message: problem.message };
  const inside = printAddresses(service);
  return { status: "True", reason: "Served", message: inside === "" ? "from outside only" : `at ${inside}` };
}

function outsideTelling({ rows, problem }: ServedOutside): ToldCondition {
  if (problem !== undefined) return { status: "False", ...problem };
  const addresses = (rows?.addresses ?? []).map(printIp).join(",");
  return { status: "True", reason: "ServedOutside", message: `at ${addresses} of the Uplink ${rows?.uplink ?? ""}` };
}
