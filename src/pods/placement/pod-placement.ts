// Decides on which nodes a pod may be, by the wires of its networks. Pure.
import { wireLabel, wireLabelValue } from "#src/api/provider-network/wire-label.ts";
import { refusal } from "#src/core/errors.ts";
import type { NetworkedInterface } from "../networks/networked-interface.ts";

/** Knows which nodes carry which wires, by the labels of nodes. */
export interface CarriedWires {
  /** The physical networks that the node carries; undefined for a node that does not exist. */
  on(node: string): ReadonlySet<string> | undefined;
  /** True when one node at least carries all of them. */
  anyCarries(physicalNetworks: readonly string[]): boolean;
}

/** An interface on a network with a wire. */
interface WiredInterface {
  readonly field: string;
  readonly network: string;
  readonly wire: string;
}

/** Gives the labels that a node must have, for the node selector of the pod. It is empty for a pod without wires. */
export function placementLabels(items: readonly NetworkedInterface[]): Readonly<Record<string, string>> {
  return Object.fromEntries(wiredInterfaces(items).map(({ wire }) => [wireLabel(wire), wireLabelValue]));
}

/**
 * Throws `WireMissing` when the node of the pod, or every node where the pod has none, lacks a wire that the pod joins.
 * `nodeName` is the node that the pod itself names.
 */
export function checkPlacement(
  items: readonly NetworkedInterface[],
  nodeName: string | undefined,
  carried: CarriedWires,
): void {
  const wired = wiredInterfaces(items);
  const wires = [...new Set(wired.map(({ wire }) => wire))];
  const [first] = wired;
  if (first === undefined) return;
  if (nodeName !== undefined) {
    const lacking = wired.find(({ wire }) => carried.on(nodeName)?.has(wire) !== true);
    if (lacking === undefined) return;
    throw refusal("WireMissing", {
      field: "spec.nodeName",
      value: nodeName,
      reason: `does not carry the wire ${lacking.wire} of the network ${JSON.stringify(lacking.network)}`,
      remedy: `leave nodeName out, or look with: kubectl get nodes -l ${wireLabel(lacking.wire)}`,
    });
  }
  if (carried.anyCarries(wires)) return;
  const lacking = wired.find(({ wire }) => !carried.anyCarries([wire])) ?? first;
  const isSingle = !carried.anyCarries([lacking.wire]);
  throw refusal("WireMissing", {
    field: `${lacking.field}.name`,
    value: lacking.network,
    reason: isSingle
      ? `is on the wire ${lacking.wire}, which no node carries`
      : `is on one of the wires ${wires.join(" and ")}, which no node carries together`,
    remedy: "`kubectl describe providernetwork` tells why its nodes are not ready",
  });
}

/** Throws `Malformed` when the template of a DaemonSet lacks labels: it would make pods for nodes that cannot run them. */
export function checkTemplateSelector(
  labels: Readonly<Record<string, string>>,
  nodeSelector: Readonly<Record<string, string>>,
): void {
  const lacking = Object.entries(labels).filter(([key, value]) => nodeSelector[key] !== value);
  if (lacking.length === 0) return;
  throw refusal("Malformed", {
    field: "spec.template.spec.nodeSelector",
    value: undefined,
    reason:
      "leaves in nodes that do not carry the wires of the pods, for each of which a DaemonSet makes a pod that would wait for ever",
    remedy: `write ${JSON.stringify(Object.fromEntries(lacking))} into it`,
  });
}

/** The wires that the interfaces need on the node of their pod. */
export function wiredInterfaces(items: readonly NetworkedInterface[]): readonly WiredInterface[] {
  return items.flatMap(({ asked, network: { name, physicalNetwork }, outsideWire }) =>
    [physicalNetwork, outsideWire].flatMap((wire) =>
      wire === undefined ? [] : [{ field: asked.field, network: name, wire }],
    ),
  );
}
