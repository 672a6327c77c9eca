// Reads what a pod asks for: its request, the names of its interfaces, and what the allocator is asked for.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { assignInterfaceNames } from "#src/api/request/interface-names.ts";
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import { callsOf, nameByCalls, refuseUnfitCalls } from "#src/api/multus/multus-calls.ts";
import { refuseGuestsBesideRequest } from "#src/api/multus/guest-selection.ts";
import { refuseSettingsBesideRequest } from "#src/api/multus/multus-request.ts";
import { foreignInterfaceNames, parseSelections } from "#src/api/multus/multus-selection.ts";
import { refuseAgainstStandard } from "#src/api/multus/standard-settings.ts";
import { machineOf } from "#src/api/pod/machine-pod.ts";
import type { PodController, PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { keyOf } from "#src/api/text/field-place.ts";
import { parseRequest } from "#src/api/request/request.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { AllocationRequest, PortRequest } from "#src/ipam/allocation.ts";
import type { AskingReplica } from "./ordinal-addresses.ts";
import type { DefinitionSource } from "./definition-source.ts";
import { claimOfReplica, type NamedPod, replicaForAddresses } from "./replica-claims.ts";

/** The request of a pod, read and checked as far as that is possible before addresses are chosen. */
export interface PodDemand {
  readonly interfaces: readonly InterfaceRequest[];
  readonly allocation: AllocationRequest;
  /** True when the user selected one of our definitions, so that the patch adds no selection. */
  readonly selectsOurs: boolean;
  /** True when the pod is to be Ready only while its interfaces are. */
  readonly networksReady: boolean;
  /** Undefined when no interface has addresses by the ordinal of the pod. */
  readonly ordinal?: AskingReplica | undefined;
}

/** A pod, and the namespace in which it is created: its object may not name that. */
export interface DemandingPod {
  readonly pod: PodMetadata;
  readonly namespace: string;
  /** The workload of a manifest that would control the pod. Undefined for a pod that says itself who controls it. */
  readonly controller?: PodController | undefined;
}

/** Reads the demand of a pod; undefined when it asks for nothing. `warnings` gets what is odd but harmless. */
export async function readDemand(
  demanding: DemandingPod,
  definitions: DefinitionSource,
  warnings: string[],
  options: CallOptions,
): Promise<PodDemand | undefined> {
  const { pod, namespace } = demanding;
  const { annotations } = pod.metadata;
  const parsed = parseRequest(annotations);
  warnings.push(...parsed.warnings);
  if (parsed.request === undefined) return undefined;
  refuseHostNetwork(pod, annotationKeys.request.key);
  const { interfaces, networksReady } = parsed.request;
  const selections = parseSelections(annotations[annotationKeys.multusNetworks.key] ?? "", namespace);
  const ours = selections.length === 0 ? new Map<string, never>() : await definitions(selections, options);
  const calls = callsOf(selections, ours);
  refuseAgainstStandard(selections, ours);
  refuseSettingsBesideRequest(calls.map(({ selection }) => selection));
  refuseGuestsBesideRequest(calls, interfaces);
  const names = assignInterfaceNames(nameByCalls(interfaces, calls), foreignInterfaceNames(selections, ours));
  const allocation = allocationOf(demanding, interfaces, names);
  refuseUnfitCalls(
    selections,
    ours,
    allocation.ports.map(({ field, network, interfaceName }) => ({ field, network, interface: interfaceName })),
  );
  const ordinal = ordinalOf(demanding, interfaces);
  return { interfaces, allocation, selectsOurs: calls.length > 0, networksReady, ordinal };
}

/** Makes the request to the allocator. `names` are the names of the interfaces, in the same order. */
export function allocationOf(
  demanding: DemandingPod,
  interfaces: readonly InterfaceRequest[],
  names: readonly string[],
): AllocationRequest {
  const { pod, namespace } = demanding;
  const refusals = new Refusals();
  const ports = refusals.map(interfaces, (asked, index) => {
    const { field, network, addresses, mac, allowedAddresses, isTap, isGuest, floating, pool } = asked;
    const gateways = [...asked.gateways, ...asked.routes.flatMap(({ gateway }) => gateway ?? [])];
    const interfaceName = names[index] ?? "";
    const dhcp = isGuest === true ? { dhcp: { field: keyOf(field, "dhcp"), hostname: hostnameOf(pod) } } : {};
    const port = {
      field,
      network,
      interfaceName,
      addresses,
      mac,
      gateways,
      allowedAddresses,
      isTap,
      floating,
      ...dhcp,
      ...(pool === undefined ? {} : { pool: { ...pool, isAsked: true, permitted: nothing } }),
    };
    const claim =
      asked.claim === undefined
        ? claimOfReplica(namedPod(demanding), asked, interfaceName)
        : { ...asked.claim, addresses: [], machine: machineOf(pod) };
    return claim === undefined ? port : { ...port, claim };
  });
  refuseSharedClaims(ports, refusals);
  refusals.throwAll();
  return { namespace, podName: pod.metadata.name ?? "", ports };
}

/** A claim has one port. That of a replica may be named as well as made. */
function refuseSharedClaims(ports: readonly PortRequest[], refusals: Refusals): void {
  const fields = new Map<string, string>();
  for (const { claim } of ports) {
    if (claim === undefined) continue;
    const { name: value, field } = claim;
    const other = fields.get(value);
    fields.set(value, other ?? field);
    if (other === undefined) continue;
    const reason = `is the claim of ${other} as well, and one interface of a pod has a claim`;
    const remedy = "give each interface a claim of its own, or leave claim or sticky out of one of them";
    refusals.try(() => {
      throw refusal("ClaimInvalid", { field, value, reason, remedy });
    });
  }
}

/** The pools that a namespace may choose are found when its labels are known. */
const nothing: ReadonlySet<string> = new Set();

/** Gives the replica with its lists when an interface has some. Throws `ReplicaInvalid` in a pod that is no replica of a StatefulSet. */
export function ordinalOf(demanding: DemandingPod, interfaces: readonly InterfaceRequest[]): AskingReplica | undefined {
  const lists = interfaces.map(({ ordinalAddresses }) => ordinalAddresses);
  const first = lists.find((list) => list !== undefined);
  return first === undefined ? undefined : { replica: replicaForAddresses(namedPod(demanding), first.field), lists };
}

function namedPod({ pod: { metadata }, controller }: DemandingPod): NamedPod {
  return { name: metadata.name, controller: controller ?? metadata.controller };
}

const hostLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Kubernetes gives a pod the name in its spec as its host name, else its own; a generated one is not known yet. A name that no host can
 * have is left out: the API server looks at the pod later than we do.
 */
function hostnameOf({ metadata, spec }: PodMetadata): string | undefined {
  const name = spec.hostname ?? metadata.name;
  return name !== undefined && hostLabel.test(name) ? name : undefined;
}

/** Throws `HostNetwork` for a pod with the network of its host. `key` is the annotation that asks for interfaces. */
export function refuseHostNetwork({ spec }: PodMetadata, key: string): void {
  if (!spec.hostNetwork) return;
  throw refusal("HostNetwork", {
    field: "spec.hostNetwork",
    value: true,
    reason: "is set in a pod that asks for interfaces of its own",
    remedy: `remove hostNetwork, or the annotation ${key}`,
  });
}
