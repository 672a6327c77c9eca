// Computes the lines of `ovn4nfv nodes` from what agents say: one for each wire of a node.
import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import type { UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import type { NodeVersions } from "../../node-versions.ts";
import { readyTone } from "../../output/text-style.ts";
import type { Column } from "../../output/text-table.ts";

export interface ReportedWire {
  readonly physicalNetwork: string;
  readonly interface: string | undefined;
  readonly bridge: string | undefined;
  readonly mtu: number | undefined;
  /** `True`, or the reason of the first condition that does not hold; `Unknown` while the agent has not judged it. */
  readonly ready: string;
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

/** A node as people and programs read it. */
export interface ReportedNode {
  readonly name: string;
  readonly chassis: string | undefined;
  readonly agent: string | undefined;
  readonly ovs: string | undefined;
  readonly ovn: string | undefined;
  readonly mtu: number | undefined;
  /** `True`, or the reason why no port can request the chassis. */
  readonly ready: string;
  readonly problem: string;
  /** The Uplinks whose gateway the node may carry, by name. */
  readonly gatewayOf: readonly string[];
  readonly wires: readonly ReportedWire[];
}

export interface NodeLine {
  readonly node: ReportedNode;
  readonly wire: ReportedWire | undefined;
}

type Conditions = NonNullable<OvnNodeStatus["conditions"]>;

export function reportNode(
  { name, status }: { readonly name: string; readonly status: OvnNodeStatus | undefined },
  uplinks: readonly Pick<UplinkObject, "name" | "status">[],
  versions: Pick<NodeVersions, "ovs" | "ovnController"> | undefined,
): ReportedNode {
  const { systemId: chassis, agentVersion: agent, mtu, conditions = [], wires = [] } = status ?? {};
  const carried = uplinks.filter(({ status: { gatewayChassis = [] } = {} }) => gatewayChassis.includes(chassis ?? ""));
  return {
    name,
    chassis,
    agent,
    ovs: versions?.ovs,
    ovn: versions?.ovnController,
    mtu,
    ...judged(conditions),
    gatewayOf: carried.map((uplink) => uplink.name).sort(),
    wires: wires.map((wire) => ({
      physicalNetwork: wire.physicalNetwork,
      interface: wire.interface,
      bridge: wire.bridge,
      mtu: wire.mtu,
      ...judged(wire.conditions),
    })),
  };
}

function judged(conditions: Conditions): Pick<ReportedWire, "ready" | "problem"> {
  const wrong = conditions.find(({ status }) => status === "False");
  if (wrong !== undefined) return { ready: wrong.reason, problem: wrong.message };
  return { ready: conditions.some(({ type }) => type === "Ready") ? "True" : "Unknown", problem: "" };
}

/** A node without wires has a line too. */
export function linesOfNode(node: ReportedNode): readonly NodeLine[] {
  return node.wires.length === 0 ? [{ node, wire: undefined }] : node.wires.map((wire) => ({ node, wire }));
}

export const nodeColumns: readonly Column<NodeLine>[] = [
  { title: "name", value: ({ node }) => node.name },
  { title: "chassis", value: ({ node }) => node.chassis ?? node.ready },
  { title: "agent", room: "spare", value: ({ node }) => node.agent ?? "-" },
  { title: "ovs", room: "spare", value: ({ node }) => node.ovs ?? "-" },
  { title: "ovn", room: "spare", value: ({ node }) => node.ovn ?? "-" },
  { title: "gateway of", value: ({ node }) => node.gatewayOf.join(",") || "-" },
  { title: "wire", value: ({ wire }) => wire?.physicalNetwork ?? "-" },
  { title: "interface", value: ({ wire }) => wire?.interface ?? "-" },
  { title: "bridge", room: "spare", value: ({ wire }) => wire?.bridge ?? "-" },
  { title: "mtu", room: "spare", align: "right", value: ({ wire }) => wire?.mtu?.toString() ?? "-" },
  { title: "ready", value: ({ wire }) => wire?.ready ?? "-", tone: ({ wire }) => readyTone(wire?.ready) },
  { title: "problem", value: ({ node, wire }) => node.problem || (wire?.problem ?? ""), tone: () => "bad" },
];
