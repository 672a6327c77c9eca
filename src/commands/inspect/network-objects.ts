import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import {
  type NetworkKind,
  networkKinds,
  type NetworkObject,
  projectNetwork,
} from "#src/controllers/networks/network-object.ts";
import type { ProviderNetworkStatus } from "#src/api/provider-network/provider-network-schema.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import type { Cluster } from "../cluster.ts";
import type { NetworkUsage } from "./network-usage.ts";
import { readyWord } from "./ready-word.ts";

/** The state of the Network or ProviderNetwork of a switch. */
export interface NetworkReport {
  readonly kind: NetworkKind;
  readonly namespace: string;
  /** The tag of the frames on the wire; undefined where there is no wire. */
  readonly vlan: string | undefined;
  /** The number of nodes that carry the network, of those that are to carry it; undefined where there is no wire. */
  readonly nodes: string | undefined;
  /** `True`, or the reason why it is not ready; `Unknown` while nobody has written a status. */
  readonly ready: string;
  readonly conditions: NonNullable<NetworkObject["status"]>["conditions"];
  readonly pools: NonNullable<NetworkObject["status"]>["pools"];
}

/** A switch that is a network, a Network without a switch, or both. */
export type ReportedNetwork = NetworkUsage & { readonly object?: NetworkReport };

/** All Networks and ProviderNetworks; a kind that is not installed has none. Throws the error of the API server. */
export async function listNetworks({ client }: Pick<Cluster, "client">, call: CallOptions) {
  const lists = (Object.keys(networkKinds) as NetworkKind[]).map(async (kind) => {
    const items = await new ResourceApi(client, networkKinds[kind].resource).listInstalled({}, call);
    return items.map((item) => projectNetwork(item, kind));
  });
  return (await Promise.all(lists)).flat();
}

/**
 * Adds the report of each Network to its switch, and adds the Networks that have no switch. When two Networks want one
 * name, the one that is ready has it.
 */
export function withObjects(
  usage: readonly NetworkUsage[],
  objects: readonly NetworkObject[],
): readonly ReportedNetwork[] {
  const byName = Map.groupBy(objects, ({ name }) => name);
  const holders = new Set<NetworkObject>();
  const known = usage.map((network): ReportedNetwork => {
    const candidates = byName.get(network.name) ?? [];
    const holder =
      candidates.find((each) => reportOf(each).ready === "True") ?? candidates.find(isMade) ?? candidates[0];
    if (holder === undefined) return network;
    holders.add(holder);
    return { ...network, problem: problemOf(holder) ?? network.problem, object: reportOf(holder) };
  });
  const others = objects.filter((each) => !holders.has(each)).map(withoutSwitch);
  return [...known, ...others].sort((a, b) => a.name.localeCompare(b.name));
}

function isMade({ status }: NetworkObject): boolean {
  return status?.state === "Created" || status?.state === "Deleting";
}

/** The reason why a Network that is being deleted is still there, or what one that is there waits for. */
function problemOf(object: NetworkObject): string | undefined {
  const condition = readyCondition(object.status);
  if (object.deleting) {
    return `is being deleted: ${condition?.reason === "InUse" ? condition.message : "waits for ovn4nfv-controller"}`;
  }
  return condition?.reason === "WaitsForUplink" ? condition.message : undefined;
}

function withoutSwitch(object: NetworkObject): ReportedNetwork {
  const condition = readyCondition(object.status);
  return {
    name: object.name,
    subnets: [],
    openReservations: 0,
    mtu: undefined,
    allowedNamespaces: [],
    problem: condition?.message || "has no logical switch",
    object: reportOf(object),
  };
}

function reportOf(object: NetworkObject): NetworkReport {
  const condition = readyCondition(object.status);
  const ready = readyWord(condition);
  const { kind, namespace, status } = object;
  const columns: NonNullable<ProviderNetworkStatus["columns"]> | undefined = status?.columns;
  const { vlan, nodes } = columns ?? {};
  return { kind, namespace, ready, vlan, nodes, conditions: status?.conditions, pools: status?.pools };
}
