// Decides what a node's wires are to be: a pure function of what ProviderNetworks ask, of the kernel and of Open vSwitch.
import { adoptionProblem } from "./adoption-problem.ts";
import { type BridgeMapping, mappingsIn, mappingsOutside, parseMappings } from "./bridge-mappings.ts";
import { wireBridgeName } from "./bridge-name.ts";
import { interfaceProblem, type WireProblem } from "./interface-problem.ts";
import { strangePorts, type WireView } from "./ovs-wiring.ts";
import { type SeenWire, wireConditions } from "./wire-conditions.ts";
import type { WiredNetwork, WireEntry, WireNeeds } from "./wired-network.ts";

export interface WirePlan {
  /** The physical networks that the node is asked to carry, or still carries, and what it says about each. */
  readonly wires: readonly SeenWire[];
  /** The interfaces that are to be on a bridge of ours, and that nothing else uses. */
  readonly attachable: readonly string[];
  /** The interfaces of bridges that stay because pods use them. They are not to be put on a bridge: the node may use them. */
  readonly kept: readonly string[];
  /** The interfaces whose bridges of ours are to go. */
  readonly leaving: readonly string[];
  /** All mappings that are to be there and are ours. */
  readonly mappings: readonly BridgeMapping[];
}

interface Way {
  readonly mapping?: BridgeMapping;
  /** True when the mapping was there before, made by somebody else. */
  readonly isForeign?: boolean;
  readonly problem?: WireProblem;
}

/**
 * Plans the wires. Networks that come first win where two do not agree, so that they are sorted by age. A wire that pods of the
 * node use stays until the last of them is gone, whatever is asked.
 */
export function planWires({ networks, used: busy }: WireNeeds, view: WireView): WirePlan {
  const { ovs } = view;
  const present = parseMappings(ovs.mappingsText);
  const remembered = mappingsIn(parseMappings(ovs.ownText), present);
  const foreign = mappingsOutside(present, remembered);
  const used = remembered.filter(({ physicalNetwork }) => busy.has(physicalNetwork));
  const entries = new Map<string, string>();
  const wires: SeenWire[] = [];
  const desired: BridgeMapping[] = [];
  const attachable: string[] = [];
  for (const [physicalNetwork, group] of Map.groupBy(networks, (network) => network.physicalNetwork)) {
    const [first] = group;
    if (first === undefined) continue;
    const { entry } = first;
    const taken = entries.get(entry.name);
    entries.set(entry.name, taken ?? physicalNetwork);
    const leftover = used.find((one) => one.physicalNetwork === physicalNetwork);
    const way = taken === undefined ? chooseWay(first, foreign, leftover, view) : { problem: takenBy(entry, taken) };
    if (way.mapping !== undefined && way.isForeign !== true) {
      desired.push(way.mapping);
      if (entry.kind === "interface") attachable.push(entry.name);
    }
    const bridge = way.mapping?.bridge ?? leftover?.bridge;
    wires.push({
      physicalNetwork,
      ...(entry.kind === "interface" ? { interface: entry.name } : {}),
      ...(bridge === undefined ? {} : { bridge }),
      ...wireConditions({ group, bridge, problem: way.problem, view }),
    });
  }
  const left = mappingsOutside(used, desired);
  const wanted = new Set(wires.map(({ physicalNetwork }) => physicalNetwork));
  for (const { physicalNetwork, bridge } of left) {
    if (wanted.has(physicalNetwork)) continue;
    const message = `pods of the node still use ${bridge}, which goes with the last of them`;
    const problem = { reason: "Leaving", message };
    wires.push({ physicalNetwork, bridge, ...wireConditions({ group: [], bridge, problem, view }) });
  }
  const mappings = [...desired, ...left];
  const bridges = new Set(mappings.map(({ bridge }) => bridge));
  const own = ovs.bridges.filter(({ madeFor }) => madeFor !== undefined);
  const leaving = own.filter((bridge) => !bridges.has(bridge.name) && strangePorts(bridge).length === 0);
  const kept = own.flatMap(({ name, madeFor = "" }) => {
    const isLeft = entries.has(madeFor) && left.some(({ bridge }) => bridge === name);
    return isLeft && !attachable.includes(madeFor) ? [madeFor] : [];
  });
  return { wires, attachable, kept, leaving: leaving.map(({ madeFor = "" }) => madeFor), mappings };
}

function chooseWay(
  { physicalNetwork, entry, takesHandMade, isTagged }: WiredNetwork,
  foreign: readonly BridgeMapping[],
  leftover: BridgeMapping | undefined,
  { kernel, ovs }: WireView,
): Way {
  const made = foreign.find((one) => one.physicalNetwork === physicalNetwork);
  if (made !== undefined) {
    const isMeant = takesHandMade || (entry.kind === "bridge" && entry.name === made.bridge);
    const problem = isMeant ? adoptionProblem(made.bridge, isTagged, ovs) : mappedElsewhere(made, ovs.mappingsKey);
    return problem === undefined ? { mapping: made, isForeign: true } : { problem };
  }
  const bridge = entry.kind === "bridge" ? entry.name : wireBridgeName(entry.name);
  if (leftover !== undefined && leftover.bridge !== bridge) {
    const message = `pods of the node still use ${leftover.bridge}; ${entry.name} follows when the last of them is gone`;
    return { problem: { reason: "Leaving", message } };
  }
  const problem =
    entry.kind === "bridge" ? adoptionProblem(bridge, isTagged, ovs) : interfaceProblem(entry.name, kernel, ovs);
  return problem === undefined ? { mapping: { physicalNetwork, bridge } } : { problem };
}

function takenBy({ name }: WireEntry, physicalNetwork: string): WireProblem {
  const message = `${name} carries the physical network ${physicalNetwork}: let all ProviderNetworks on ${name} name that one`;
  return { reason: "InterfaceTaken", message };
}

function mappedElsewhere({ physicalNetwork, bridge }: BridgeMapping, key: string): WireProblem {
  const message = `somebody else has mapped ${physicalNetwork} to ${bridge} in ${key}: let the ProviderNetwork say adoptBridge: ${bridge}, or take the mapping away`;
  return { reason: "MappedElsewhere", message };
}
