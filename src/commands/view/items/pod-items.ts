import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { isRunning, storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { unattachedInterfaces } from "#src/controllers/allocation-rules/unattached.ts";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { ViewInterface, ViewPod } from "#src/view/contract/view-item.ts";
import { type ListedPort, type PodAllocation, podAllocations, podStates } from "../../inspect/pod-allocations.ts";
import { given, viewKeyIf, viewKey, type Readiness } from "./readiness.ts";
import type { ViewFacts } from "./view-facts.ts";

/** A port as the page shows it. */
export interface ShownPort extends ListedPort {
  readonly mac: string | undefined;
  readonly up: boolean | undefined;
  readonly claim: string | undefined;
}

/** The ports of pods: those of the cluster, or of all clusters when it is not known. */
export function shownPorts(nb: NonNullable<ViewFacts["nb"]>, clusterUid: string | undefined): readonly ShownPort[] {
  return [...nb.rows(controllerPort)].flatMap(([uuid, row]): ShownPort[] => {
    const { external_ids: ids } = row;
    const owner = portOwner(ids);
    if (owner === undefined || (clusterUid !== undefined && owner.cluster !== clusterUid)) return [];
    const { ips, macs } = portAddresses(row);
    const claim = claimOf(ids);
    return [
      {
        name: row.name,
        owner,
        interface: ids.get(externalId("interface")) ?? "?",
        network: nb.index.switchesOf(uuid)[0]?.network.name,
        addresses: ips.map(printIp),
        mac: macs[0],
        up: row.up,
        claim: claim && viewKey("claim", claim.namespace, claim.name),
      },
    ];
  });
}

/** The pods as `ovn4nfv pods` has them, and those that ask for networks and have none. */
export function podItems(ports: readonly ShownPort[], pods: readonly PodMetadata[] | undefined): readonly ViewPod[] {
  const byAllocation = Map.groupBy(ports, ({ owner }) => owner.allocation);
  const stored = new Map(pods?.map((pod) => [nameOf(pod), pod]));
  const taken = new Set<string>();
  const lines = podAllocations(ports, pods).map((line): ViewPod => {
    const { namespace, pod: name, node, state, allocation } = line;
    const plain = viewKey("pod", namespace, name);
    // Several reservations have no name yet, and a pod that is gone may have ports beside its successor's.
    const key = name === "*" || taken.has(plain) ? `${plain}/${allocation ?? ""}` : plain;
    taken.add(key);
    const own = state === "missing" ? [] : (byAllocation.get(allocation ?? "") ?? []);
    const interfaces = line.interfaces.map((one) => interfaceOf(one, own));
    return {
      kind: "pod",
      key,
      namespace,
      name,
      ...podReadiness(state, own, stored.get(`${namespace}/${name}`)),
      ...given("node", viewKeyIf("node", node)),
      state,
      ...given("allocation", allocation),
      interfaces,
    };
  });
  return [...lines, ...(pods ?? []).flatMap((pod) => waitingItem(pod))];
}

function interfaceOf(held: PodAllocation["interfaces"][number], ports: readonly ShownPort[]): ViewInterface {
  const port = ports.find((one) => one.interface === held.interface);
  return {
    name: held.interface,
    ...given("network", viewKeyIf("network", held.network === "?" ? "" : held.network)),
    addresses: held.addresses,
    ...given("mac", port?.mac),
    port: port?.name ?? "",
    ...given("up", port?.up),
    ...given("claim", port?.claim),
  };
}

const broken: ReadonlySet<string> = new Set(["differs", "missing", "orphan"]);

function podReadiness(
  state: PodAllocation["state"],
  ports: readonly ShownPort[],
  pod: PodMetadata | undefined,
): Readiness {
  if (broken.has(state)) return { ready: "no", reason: state, message: podStates[state] };
  if (state !== "bound") return { ready: "unknown", message: podStates[state] };
  if (ports.every(({ up }) => up === true)) return { ready: "yes" };
  if (pod === undefined || !isRunning(pod)) return { ready: "unknown", message: "no chassis has its ports yet" };
  const rows = ports.map(({ name, up }) => ({ name, isUp: up === true }));
  const unattached = new Set(unattachedInterfaces(pod, storedResultOf(pod), rows).map(({ port }) => port));
  if (rows.every(({ name, isUp }) => isUp || unattached.has(name)))
    return { ready: "unknown", message: "nobody has attached interfaces that were plugged" };
  return { ready: "no", reason: "PortDown", message: "no chassis has a port of the pod, although the pod runs" };
}

const { request, earlyRequest, result, allocation: label } = annotationKeys;

/** True for a pod that asks for networks and was given none. */
function isWaiting({ metadata: { annotations, labels }, status: { phase } }: PodMetadata): boolean {
  const asks = request.key in annotations || earlyRequest.key in annotations;
  return asks && !(result.key in annotations) && !(label.key in labels) && phase !== "Succeeded" && phase !== "Failed";
}

/** True for a pod that has an allocation of ours or asks for one. */
export function isShownPod(pod: PodMetadata): boolean {
  return label.key in pod.metadata.labels || isWaiting(pod);
}

function waitingItem(pod: PodMetadata): readonly ViewPod[] {
  return isWaiting(pod) ? [bareItem(pod, "waiting", "it asks for networks, and nobody has allocated for it")] : [];
}

/** The pods as they tell of themselves, where the Northbound database is not read. */
export function podsOfObjects(pods: readonly PodMetadata[]): readonly ViewPod[] {
  return pods.flatMap((pod): readonly ViewPod[] => {
    const id = pod.metadata.labels[label.key];
    if (id === undefined) return waitingItem(pod);
    const isReady = pod.status.networksReady === "True";
    const item = bareItem(pod, "allocated", "the Northbound database is not read");
    const interfaces = storedResultOf(pod).map((one): ViewInterface => {
      const addresses = one.ip_address.map((text) => text.replace(/\/.*/, ""));
      const claim = one.claim && viewKey("claim", item.namespace ?? "", one.claim);
      const network = viewKey("network", one.network);
      return {
        name: one.interface,
        network,
        addresses,
        mac: one.mac_address,
        port: one.port,
        ...given("claim", claim),
      };
    });
    return [{ ...item, ...(isReady ? { ready: "yes" as const } : {}), allocation: id, interfaces }];
  });
}

function bareItem(pod: PodMetadata, state: ViewPod["state"], message: string): ViewPod {
  const { namespace = "", name = "" } = pod.metadata;
  const node = viewKeyIf("node", pod.spec.nodeName);
  const key = viewKey("pod", namespace, name);
  return {
    kind: "pod",
    key,
    namespace,
    name,
    ready: "unknown",
    message,
    ...given("node", node),
    state,
    interfaces: [],
  };
}

function nameOf({ metadata: { namespace = "", name = "" } }: PodMetadata): string {
  return `${namespace}/${name}`;
}
