import type { WireProblem } from "./interface-problem.ts";
import { type BridgePort, datapathOf, type OvsWiring, type WireBridge } from "./ovs-wiring.ts";

/** Says why the bridge of somebody else cannot lead to a wire; undefined when it can. */
export function adoptionProblem(
  name: string,
  isTagged: boolean,
  { bridges, datapathType }: Pick<OvsWiring, "bridges" | "datapathType">,
): WireProblem | undefined {
  const bridge = bridges.find((one) => one.name === name);
  if (bridge === undefined) {
    const message = `Open vSwitch has no bridge ${name} on this node: make it, or let adoptBridge name another`;
    return { reason: "BridgeMissing", message };
  }
  const [own, wanted] = [datapathOf(bridge.datapathType), datapathOf(datapathType)];
  if (own !== wanted) {
    const message = `the bridge ${name} has the datapath type ${own} and OVN's has ${wanted}, so that they cannot be connected: set datapath_type of ${name}`;
    return { reason: "OtherDatapath", message };
  }
  const outer = outerPorts(bridge);
  const access = outer.find(({ tag }) => tag !== undefined && tag !== 0);
  if (isTagged && access !== undefined && outer.every(({ tag }) => tag !== undefined && tag !== 0)) {
    const message = `the port ${access.name} of ${name} has the tag ${String(access.tag)}, so that frames would be tagged twice: take the tag off the port, or make the network DIRECT`;
    return { reason: "AccessPort", message };
  }
  return undefined;
}

/** The ports of a bridge that lead out of the node. */
export function outerPorts({ ports }: Pick<WireBridge, "ports">): readonly BridgePort[] {
  return ports.filter(({ interfaces }) => interfaces.some(({ type }) => type === ""));
}
