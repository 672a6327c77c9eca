// Checks the ports that a pod asks for against the cluster, and reserves them: the same for a pod that is being created and for one
// that gets more interfaces.
import { readNamedPorts } from "#src/api/pod/named-ports.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { Allocation, AllocationRequest } from "#src/ipam/allocation.ts";
import { ownReservation } from "#src/ipam/plan/own-reservation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { printIp } from "#src/net/ip.ts";
import { type OrdinalSource, withOrdinalAddresses } from "./demand/ordinal-addresses.ts";
import type { PodDemand } from "./demand/pod-demand.ts";
import type { NetworkGate } from "./networks/network-gate.ts";
import { type ClaimSource, withClaims } from "./networks/named-claims.ts";
import { withChosenPools } from "./networks/chosen-pools.ts";
import { checkSettings } from "./networks/network-settings.ts";
import { type NetworkedInterface, networkedInterfaces } from "./networks/networked-interface.ts";
import type { ReservationCap } from "./networks/reservation-cap.ts";
import type { NewPod, PatchDecision } from "./pod-decision.ts";

export interface PortOptions {
  readonly allocator: Pick<NbAllocator, "allocate" | "plan" | "rollBack" | "index">;
  readonly cap: ReservationCap;
  /** Waits for switches of Networks and judges namespaces by their labels; undefined where there is no Kubernetes. */
  readonly gate?: Pick<NetworkGate, "pass"> | undefined;
  /** Finds the IPAMClaims that pods name. Undefined where there is no Kubernetes: a claim then has what NB keeps for it. */
  readonly claims?: ClaimSource | undefined;
  /** Finds the StatefulSets whose replicas have addresses by their ordinals. Without it there are none. */
  readonly ordinals?: OrdinalSource | undefined;
  readonly logger: Logger;
}

/** Ports that may be had, as far as that is known before addresses are chosen. */
export interface CheckedPorts {
  readonly request: AllocationRequest;
  readonly items: readonly NetworkedInterface[];
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
}

/**
 * Throws all refusals of what is asked for, with those of the planner. `check` throws those that only its caller knows, and `warnings`
 * gets what is odd but harmless.
 */
export async function checkPorts(
  demand: Pick<PodDemand, "allocation" | "interfaces" | "ordinal">,
  check: (items: readonly NetworkedInterface[]) => void,
  warnings: string[],
  call: Required<CallOptions>,
  options: PortOptions,
): Promise<CheckedPorts> {
  const { allocator, gate } = options;
  const { namespace, ports } = demand.allocation;
  const refusals = new Refusals();
  const namespaceLabels = await refusals.whenTried(async () => gate?.pass(ports, namespace, call));
  const claiming = (await refusals.whenTried(() => withReplica(demand, options, warnings, call))) ?? demand.allocation;
  const request =
    refusals.try(() => withChosenPools(claiming, namespaceLabels ?? {}, allocator.index, warnings)) ?? claiming;
  const items = networkedInterfaces(demand.interfaces, allocator.index);
  refusals.try(() => {
    checkSettings(items);
  });
  refusals.try(() => {
    check(items);
  });
  // The user is told of what the planner would refuse as well.
  if (!refusals.isEmpty) await refusals.whenTried(() => allocator.plan(request, call));
  refusals.throwAll();
  return { request, items, namespaceLabels };
}

async function withReplica(
  { allocation, ordinal }: Pick<PodDemand, "allocation" | "ordinal">,
  { ordinals, claims }: PortOptions,
  warnings: string[],
  call: CallOptions,
): Promise<AllocationRequest> {
  const asked = await withOrdinalAddresses(allocation, ordinal, ordinals, call);
  return withClaims(asked, claims, call, warnings);
}

/** Reserves the ports, in the groups of the policies that select the pod. */
export function reservePorts(
  { request, namespaceLabels }: CheckedPorts,
  { object, pod }: { readonly object: JsonObject; readonly pod: PodMetadata },
  onPlanned: (planned: Allocation) => void,
  call: Required<CallOptions>,
  { allocator, cap }: PortOptions,
): Promise<Allocation> {
  const { namespace, ports } = request;
  const grouped = namespaceLabels && {
    namespace,
    namespaceLabels,
    labels: pod.metadata.labels,
    ports: readNamedPorts(object["spec"]),
  };
  // A port that takes the place of an earlier attempt's makes no reservation more.
  const more = ports.filter(
    (port) =>
      !allocator.index.named(port.network).some((state) => ownReservation(port, request, state, allocator.index)),
  );
  const rooms = more.map(({ network, pool }) => ({ network, pool: pool?.name }));
  return cap.within(namespace, rooms, call, () =>
    allocator.allocate({ ...request, pod: grouped }, { ...call, onPlanned }),
  );
}

/** The user and the pod of an audit line. */
export interface AuditedPod {
  readonly created: NewPod;
  readonly pod: PodMetadata;
  readonly namespace: string;
}

/** Makes the decision of what was reserved. When its patch cannot be made, the ports are given back. */
export async function patchedReservation(
  audited: AuditedPod,
  allocation: Allocation,
  makePatch: () => readonly PatchOperation[],
  warnings: readonly string[],
  { allocator, logger }: PortOptions,
): Promise<PatchDecision> {
  const rollBack = async (): Promise<void> => {
    logger.info(auditFields(audited, allocation), "taking an allocation back: its answer was not handed over");
    await allocator.rollBack(allocation);
  };
  try {
    // The line is made when it is written, after the answer: the API server and its client wait for that.
    const confirm = (): void => {
      logger.info(auditFields(audited, allocation), "allocated");
    };
    const id = allocation.joins?.allocation ?? allocation.id;
    return { kind: "patched", patch: makePatch(), warnings, reservation: { allocation: id, confirm, rollBack } };
  } catch (error) {
    try {
      await rollBack();
    } catch (failed) {
      logger.warn(
        { err: fromUnknown(failed), allocation: allocation.id },
        "rollback failed, the sweep will free the addresses",
      );
    }
    throw error;
  }
}

function auditFields({ created, pod, namespace }: AuditedPod, { id, joins, ports }: Allocation): object {
  return {
    allocation: joins?.allocation ?? id,
    ...(joins === undefined ? {} : { attempt: id, revision: joins.revision }),
    namespace,
    pod: pod.metadata.name ?? `${pod.metadata.generateName ?? ""}*`,
    user: created.username,
    ports: ports.map(({ request: { interfaceName }, network, mac, addresses }) => {
      return { interface: interfaceName, network: network.name, mac, ips: addresses.map(({ ip }) => printIp(ip)) };
    }),
  };
}
