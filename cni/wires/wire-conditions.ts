import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import { outerPorts } from "./adoption-problem.ts";
import type { WireProblem } from "./interface-problem.ts";
import type { WireView } from "./ovs-wiring.ts";
import type { WiredNetwork } from "./wired-network.ts";

type Wire = NonNullable<OvnNodeStatus["wires"]>[number];
export type SeenCondition = Omit<Wire["conditions"][number], "lastTransitionTime">;

/** A wire as the agent sees it now, without the times of its conditions. */
export interface SeenWire extends Omit<Wire, "conditions"> {
  readonly conditions: readonly SeenCondition[];
}

interface WireFacts {
  /** The networks on the wire. */
  readonly group: readonly WiredNetwork[];
  readonly bridge: string | undefined;
  readonly problem: WireProblem | undefined;
  readonly view: WireView;
}

/** Says what is right and wrong with a wire, and which of its networks it cannot carry as they ask. */
export function wireConditions({ group, bridge, problem, view }: WireFacts): Pick<SeenWire, "mtu" | "conditions"> {
  const names = wireInterfaces(group, bridge, view);
  const links = view.kernel.links.filter(({ name }) => names.includes(name));
  const mtu = links.length === 0 ? undefined : Math.min(...links.map((link) => link.mtu));
  const found = problem ?? interruption(names, bridge, view);
  const conditions = [
    said("Ready", found, { reason: "Connected", message: `${names.join(" and ")} on ${bridge ?? ""}` }),
    ...(mtu === undefined ? [] : [said("MtuFits", smallMtu(group, names, mtu))]),
    ...(group.some(({ hasDoubleTags }) => hasDoubleTags) ? [said("DoubleTagsFit", fewTags(group, view))] : []),
    ...(group.length < 2 ? [] : [said("InterfaceAgreed", otherEntries(group))]),
  ];
  return { ...(mtu === undefined ? {} : { mtu }), conditions };
}

/** The interfaces of the node that carry the frames. */
function wireInterfaces(group: readonly WiredNetwork[], bridge: string | undefined, { ovs }: WireView): string[] {
  const [first] = group;
  if (first?.entry.kind === "interface" && !first.takesHandMade) return [first.entry.name];
  const found = ovs.bridges.find(({ name }) => name === bridge);
  return found === undefined ? [] : outerPorts(found).flatMap((port) => port.interfaces.map(({ name }) => name));
}

/** Why no frame passes although everything is set up, or is about to be. */
function interruption(names: readonly string[], bridge: string | undefined, view: WireView): WireProblem | undefined {
  const found = view.ovs.bridges.find(({ name }) => name === bridge);
  const parts = found?.ports.flatMap(({ interfaces }) => interfaces.filter(({ type }) => type === "")) ?? [];
  if (parts.length === 0) {
    const message = `the bridge ${bridge ?? ""} has no interface of the node`;
    return { reason: "BridgeIncomplete", message };
  }
  const faulty = parts.find(({ fault }) => fault !== undefined);
  if (faulty !== undefined) {
    const message = `Open vSwitch cannot use ${faulty.name}: ${faulty.fault ?? ""}`;
    return { reason: "BridgeFault", message };
  }
  const links = view.kernel.links.filter(({ name }) => names.includes(name));
  if (links.some(({ hasCarrier }) => hasCarrier)) return undefined;
  return { reason: "NoCarrier", message: `${names.join(" and ")} has no carrier: look at the cable and at the switch` };
}

function smallMtu(group: readonly WiredNetwork[], names: readonly string[], mtu: number): WireProblem | undefined {
  const larger = group.filter((network) => network.mtu > mtu);
  if (larger.length === 0) return undefined;
  const asked = larger.map((network) => `${network.name} asks for ${network.mtu.toString()}`).join(", ");
  const message = `${names.join(" and ")} has the MTU ${mtu.toString()}, and ${asked}: raise it on the interface, or lower mtu of the ProviderNetwork`;
  return { reason: "MtuTooSmall", message };
}

function fewTags(group: readonly WiredNetwork[], { ovs }: WireView): WireProblem | undefined {
  const { vlanLimit } = ovs;
  if (vlanLimit === 0 || vlanLimit > 1) return undefined;
  const names = group.flatMap(({ hasDoubleTags, name }) => (hasDoubleTags ? [name] : [])).join(", ");
  const message = `Open vSwitch reads one tag of a frame, and ${names} has the ethtype 802.1ad: set other_config:vlan-limit of Open_vSwitch to 2`;
  return { reason: "VlanLimit", message };
}

function otherEntries([first, ...others]: readonly WiredNetwork[]): WireProblem | undefined {
  const odd = others.filter(({ entry }) => entry.kind !== first?.entry.kind || entry.name !== first.entry.name);
  if (odd.length === 0) return undefined;
  const asked = odd.map(({ name, entry }) => `${name} (${entry.name})`).join(", ");
  const message = `${asked} cannot have the physical network of ${first?.name ?? ""}, which is on ${first?.entry.name ?? ""}: give it another physicalNetwork, or the same interface`;
  return { reason: "OtherInterface", message };
}

function said(type: string, problem: WireProblem | undefined, good?: WireProblem): SeenCondition {
  if (problem !== undefined) return { type, status: "False", ...problem };
  return { type, status: "True", ...(good ?? { reason: "Fits", message: "" }) };
}
