import { readNamedPorts } from "#src/api/pod/named-ports.ts";
import { mirrorAnnotation, type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { Allocation, AllocationRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { printIp } from "#src/net/ip.ts";
import type { DefinitionSource } from "./demand/definition-source.ts";
import { type OrdinalSource, withOrdinalAddresses } from "./demand/ordinal-addresses.ts";
import type { DemandingPod, PodDemand } from "./demand/pod-demand.ts";
import type { NetworkGate } from "./networks/network-gate.ts";
import { type ClaimSource, withClaims } from "./networks/named-claims.ts";
import { withChosenPools } from "./networks/chosen-pools.ts";
import { checkSettings } from "./networks/network-settings.ts";
import { networkedInterfaces } from "./networks/networked-interface.ts";
import type { ReservationCap } from "./networks/reservation-cap.ts";
import { type CarriedWires, checkPlacement, placementLabels } from "./placement/pod-placement.ts";
import { unreachableOutside } from "./networks/floating-routes.ts";
import { ownMarks } from "./patch/own-marks.ts";
import { PodPatch, type PodPatchOptions } from "./patch/pod-patch.ts";
import type { NewPod, PatchDecision } from "./pod-decision.ts";

export interface PodDecisionOptions extends PodPatchOptions {
  readonly allocator: Pick<NbAllocator, "allocate" | "plan" | "rollBack" | "index">;
  readonly cap: ReservationCap;
  /** Waits for switches of Networks and judges namespaces by their labels; undefined where there is no Kubernetes. */
  readonly gate?: Pick<NetworkGate, "pass"> | undefined;
  /**
   * Gives the wires that nodes carry; undefined while they were not read. Without it a pod is placed by nobody: late allocation
   * cannot change where a pod goes.
   */
  readonly carriedWires?: (() => CarriedWires | undefined) | undefined;
  /** Finds the IPAMClaims that pods name. Undefined where there is no Kubernetes: a claim then has what NB keeps for it. */
  readonly claims?: ClaimSource | undefined;
  /** Finds the StatefulSets whose replicas have addresses by their ordinals. Without it there are none. */
  readonly ordinals?: OrdinalSource | undefined;
  readonly logger: Logger;
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
}

/** A pod together with what was read of it. */
export interface AskingPod {
  readonly created: NewPod;
  readonly pod: PodMetadata;
  readonly demand: PodDemand;
  /** Takes what is odd but harmless, also of a pod that is refused afterwards. */
  readonly warnings: string[];
}

/** Reads the pod. Gives undefined for a mirror pod and for a pod of an excluded namespace: both stay as they are. */
export function readNewPod(
  created: NewPod,
  options: Pick<PodDecisionOptions, "excludedNamespaces">,
): DemandingPod | undefined {
  const pod = readPod(created.object);
  const namespace = created.namespace === "" ? (pod.metadata.namespace ?? "default") : created.namespace;
  const isMirror = Object.hasOwn(pod.metadata.annotations, mirrorAnnotation);
  return isMirror || options.excludedNamespaces.has(namespace)
    ? undefined
    : { pod, namespace, controller: created.controller };
}

/** Reserves the addresses that the pod asks for, in a dry run only chooses them, and makes the patch. Throws refusals. */
export async function allocateForPod(
  asking: AskingPod,
  call: Required<CallOptions>,
  options: PodDecisionOptions,
): Promise<PatchDecision> {
  const { created, pod, demand, warnings } = asking;
  const { allocator, cap, gate, logger } = options;
  const { namespace, ports } = demand.allocation;
  const refusals = new Refusals();
  const namespaceLabels = await refusals.whenTried(async () => gate?.pass(ports, namespace, call));
  const claiming = (await refusals.whenTried(() => withReplica(asking, options, call))) ?? demand.allocation;
  const asked =
    refusals.try(() => withChosenPools(claiming, namespaceLabels ?? {}, allocator.index, warnings)) ?? claiming;
  const items = networkedInterfaces(demand.interfaces, allocator.index);
  refusals.try(() => {
    checkSettings(items);
  });
  const carried = options.carriedWires?.();
  refusals.try(() => {
    if (carried !== undefined) checkPlacement(items, pod.spec.nodeName, carried);
  });
  // The user is told of what the planner would refuse as well.
  if (!refusals.isEmpty) await refusals.whenTried(() => allocator.plan(asked, call));
  refusals.throwAll();
  warnings.push(...unreachableOutside(items));
  if (ownMarks(pod).length > 0) warnings.push(replaced);
  const patch = new PodPatch(
    created.object,
    pod,
    { ...demand, networksReady: demand.networksReady || items.some(({ network }) => network.networksReady) },
    options,
    options.carriedWires === undefined ? {} : placementLabels(items),
  );
  if (created.dryRun) {
    const planned = await allocator.plan(asked, call);
    return { kind: "patched", patch: patch.ofDryRun(planned), warnings, reservation: undefined };
  }
  const rooms = asked.ports.map(({ network, pool }) => ({ network, pool: pool?.name }));
  const onPlanned = (planned: Allocation): void => {
    patch.prepare(planned);
  };
  const grouped = namespaceLabels && {
    namespace,
    namespaceLabels,
    labels: pod.metadata.labels,
    ports: readNamedPorts(created.object["spec"]),
  };
  const allocation = await cap.within(namespace, rooms, call, () =>
    allocator.allocate({ ...asked, pod: grouped }, { ...call, onPlanned }),
  );
  const rollBack = async (): Promise<void> => {
    logger.info(auditFields(asking, allocation), "taking an allocation back: its answer was not handed over");
    await allocator.rollBack(allocation);
  };
  try {
    // The line is made when it is written, after the answer: the API server and its client wait for that.
    const confirm = (): void => {
      logger.info(auditFields(asking, allocation), "allocated");
    };
    const reservation = { allocation: allocation.id, confirm, rollBack };
    return { kind: "patched", patch: patch.of(allocation), warnings, reservation };
  } catch (error) {
    await rollBack();
    throw error;
  }
}

async function withReplica(
  { demand, warnings }: AskingPod,
  { ordinals, claims }: PodDecisionOptions,
  call: CallOptions,
): Promise<AllocationRequest> {
  const asked = await withOrdinalAddresses(demand.allocation, demand.ordinal, ordinals, call);
  return withClaims(asked, claims, call, warnings);
}

const replaced = "the result of another pod was replaced: this pod has addresses of its own";

function auditFields({ created, pod, demand }: AskingPod, allocation: Allocation): object {
  return {
    allocation: allocation.id,
    namespace: demand.allocation.namespace,
    pod: pod.metadata.name ?? `${pod.metadata.generateName ?? ""}*`,
    user: created.username,
    ports: allocation.ports.map(({ request: { interfaceName }, network, mac, addresses }) => {
      return { interface: interfaceName, network: network.name, mac, ips: addresses.map(({ ip }) => printIp(ip)) };
    }),
  };
}
