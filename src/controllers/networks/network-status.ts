import type { ProviderNetworkConfig } from "#src/api/provider-network/provider-network-config.ts";
import { condition, datedCondition, nameSome, type UndatedCondition } from "../conditions/conditions.ts";
import type { UplinkOnSwitch } from "#src/ovn/rows/uplinks-on-switch.ts";
import { networkColumns, wireText } from "./network-columns.ts";
import { type CarryingNodes, describeMissing, readyText } from "./wire-nodes.ts";
import type { NetworkObject, NetworkObjectStatus } from "./network-object.ts";
import type { PoolUsage } from "./pool-usage.ts";
import { type ProviderRouter, routerAddresses, routerConditions } from "./provider-router.ts";

/** Chassis that may carry the way out. The best comes first. Undefined where there is no way out. */
type Gateway = readonly string[] | undefined;

/** The wire of a ProviderNetwork, and what stands on it. */
export type Wire = Pick<ProviderNetworkConfig, "physicalNetwork" | "tag" | "trunk"> & {
  readonly carrying: CarryingNodes;
  /** The Uplinks whose gateways stand on the switch. */
  readonly uplinks: readonly UplinkOnSwitch[];
  /** The port of the router that chains need; undefined where none does. */
  readonly router: ProviderRouter | undefined;
};

const maxNodes = 64;

/** The outcome for a Network or ProviderNetwork: one word for `reason`, and a sentence for people. */
export type NetworkOutcome =
  | {
      readonly kind: "ready";
      /** With another reason than `Created` pods can join, and something else that the Network asks for is missing. */
      readonly reason: "Created" | "WaitsForUplink" | "WaitsForNodes";
      readonly usage: PoolUsage;
      readonly note: string;
      readonly gateway: Gateway;
      /** The wire of a ProviderNetwork. */
      readonly wire?: Wire | undefined;
    }
  | {
      readonly kind: "refused";
      readonly reason:
        | "Invalid"
        | "NameTaken"
        | "SubnetOverlap"
        | "VlanTaken"
        | "NoSwitchToAdopt"
        | "AdoptionNotAllowed"
        | "AdoptionWidens";
      readonly message: string;
    }
  | { readonly kind: "deleting"; readonly reason: "InUse"; readonly message: string };

/** Nodus' word for each outcome. */
const states = { ready: "Created", refused: "CreateInternalError", deleting: "Deleting" } as const;

/**
 * Makes the status to write. A time changes only together with the fact that it belongs to, so that equal facts give
 * an equal status.
 */
export function networkStatus(
  outcome: NetworkOutcome,
  network: Pick<NetworkObject, "generation" | "status" | "object">,
  now: string,
): NetworkObjectStatus {
  const { generation, status: before, object } = network;
  const conditions =
    outcome.kind === "ready"
      ? [
          readyCondition(outcome),
          ...nodeConditions(outcome.wire),
          ...routerConditions(outcome.wire?.router, before),
          ...usageConditions(outcome.usage),
        ]
      : [readyCondition(outcome)];
  const usage = outcome.kind === "ready" ? outcome.usage : undefined;
  const pools = usage?.pools ?? before?.pools;
  const subnets = usage?.subnets ?? before?.subnets;
  const wire = outcome.kind === "ready" ? outcome.wire : undefined;
  const isTold = outcome.kind === "ready" && wire?.router?.kind !== "unknown";
  const gateway = isTold ? outcome.gateway : before?.gatewayChassis;
  return {
    state: states[outcome.kind],
    observedGeneration: generation,
    conditions: conditions.map((one) => datedCondition(one, generation, before, now)),
    columns: {
      ...networkColumns(object["spec"], pools ?? []),
      ...(wire === undefined ? {} : { vlan: wireText(wire), nodes: readyText(wire.carrying) }),
    },
    ...(wire === undefined ? {} : wireStatus(wire, before)),
    ...(pools === undefined ? {} : { pools: [...pools] }),
    ...(subnets === undefined ? {} : { subnets: [...subnets] }),
    // A list that was written once is emptied: a merge patch keeps every field that it does not name.
    ...(gateway === undefined && before?.gatewayChassis === undefined ? {} : { gatewayChassis: [...(gateway ?? [])] }),
  };
}

function wireStatus(
  { physicalNetwork, carrying: { chosenNode, nodes }, uplinks, router }: Wire,
  before: NetworkObjectStatus | undefined,
) {
  const addresses = router?.kind === "unknown" ? before?.routerAddresses : routerAddresses(router);
  const named = uplinks.map(({ uplink, addresses: own }) => ({ name: uplink, addresses: [...own] }));
  return {
    physicalNetwork,
    nodes: nodes.slice(0, maxNodes),
    ...(chosenNode === undefined ? {} : { chosenNode }),
    // A list that was written once is emptied: a merge patch keeps every field that it does not name.
    ...(named.length === 0 && before?.uplinks === undefined ? {} : { uplinks: named }),
    ...(addresses === undefined || (addresses.length === 0 && before?.routerAddresses === undefined)
      ? {}
      : { routerAddresses: [...addresses] }),
  };
}

function readyCondition(outcome: NetworkOutcome): UndatedCondition {
  if (outcome.kind !== "ready") return condition("Ready", false, outcome.reason, outcome.message);
  return condition("Ready", outcome.reason === "Created", outcome.reason, outcome.note);
}

function nodeConditions(wire: Wire | undefined): readonly UndatedCondition[] {
  if (wire === undefined) return [];
  const { nodes } = wire.carrying;
  const isWhole = nodes.length > 0 && nodes.every(({ ready }) => ready);
  if (isWhole) return [condition("NodesReady", true, "AllReady", "")];
  const message = `ready ${readyText(wire.carrying)}: ${describeMissing(wire.carrying)}`;
  return [condition("NodesReady", false, "NodesMissing", message)];
}

function usageConditions({ strays, full, unrouted }: PoolUsage): readonly UndatedCondition[] {
  return [
    strays.length === 0
      ? condition("AddressesInRange", true, "InRange", "")
      : condition("AddressesInRange", false, "HandedOutBefore", describeStrays(strays)),
    full.length === 0
      ? condition("AddressesFree", true, "Free", "")
      : condition("AddressesFree", false, "PoolExhausted", describeFull(full)),
    unrouted.size === 0
      ? condition("RoutesComplete", true, "Routed", "")
      : condition("RoutesComplete", false, "OlderPods", describeUnrouted(unrouted)),
  ];
}

function describeStrays(strays: PoolUsage["strays"]): string {
  const held = nameSome(strays.map(({ pod, address }) => `${address} (${pod})`));
  return `pods hold addresses that the Network would not hand out now: ${held}`;
}

function describeFull(full: PoolUsage["full"]): string {
  const pools = full.map(({ name, family, capacity }) => {
    return `${capacity} ${family} addresses${name === undefined ? "" : ` of the pool ${name}`}`;
  });
  const isWhole = full.some(({ name }) => name === undefined);
  const cure = isWhole ? "add a subnet (docs/guides/full-network.md)" : "give the pool more addresses (docs/pools.md)";
  return `all ${pools.join(", and all ")} are held, and new pods are refused: delete pods, or ${cure}`;
}

function describeUnrouted(unrouted: PoolUsage["unrouted"]): string {
  const each = [...unrouted].map(([subnet, pods]) => `${subnet}: ${nameSome(pods)}`);
  return `pods that are older than a subnet have no route to it, until they are created again: ${each.join("; ")}`;
}
