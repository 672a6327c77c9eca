import type { NetworkState } from "#cni/plumbing/network-state.ts";

/** An interface of a port on a bridge of Open vSwitch. */
export interface WiredInterface {
  readonly name: string;
  /** It is empty for an interface of the node, and else `internal`, `patch` and the like. */
  readonly type: string;
  /** Why Open vSwitch cannot use the interface. */
  readonly fault: string | undefined;
  /** It changes when the link gets or loses its carrier, or another link comes in its place. */
  readonly linkMark: string;
}

export interface BridgePort {
  readonly uuid: string;
  readonly name: string;
  /** The VLAN whose frames are the only ones of an access port. */
  readonly tag: number | undefined;
  /** The localnet port of OVN for which ovn-controller made this one. */
  readonly localnet: string | undefined;
  readonly interfaces: readonly WiredInterface[];
}

/** A bridge of Open vSwitch. */
export interface WireBridge {
  readonly uuid: string;
  readonly name: string;
  readonly datapathType: string;
  /** The interface for which an agent of ours made the bridge; undefined for the bridge of somebody else. */
  readonly madeFor: string | undefined;
  /** True when the interface was down before the agent used it. */
  readonly wasDown: boolean;
  /** The kernel's number of the interface when it was put on the bridge. */
  readonly linkIndex: number | undefined;
  readonly ports: readonly BridgePort[];
}

/** The state of wires in the database of Open vSwitch. */
export interface OvsWiring {
  readonly bridges: readonly WireBridge[];
  /** The row of QoS by which Open vSwitch leaves the queueing disciplines of a port alone; undefined while there is none. */
  readonly noop: string | undefined;
  /** The type of the datapath of the integration bridge, which bridges must share to be connected with it. */
  readonly datapathType: string;
  /** The key in `external_ids` that ovn-controller reads the mappings from. */
  readonly mappingsKey: string;
  readonly mappingsText: string | undefined;
  /** The text of the key in which the agent remembers its own mappings. */
  readonly ownText: string | undefined;
  /** Number of tags of a frame that Open vSwitch reads; 0 when there is no limit. */
  readonly vlanLimit: number;
}

/** The state of a node, as its agent sees it. */
export interface WireView {
  readonly kernel: Pick<NetworkState, "links" | "routes">;
  readonly ovs: OvsWiring;
}

/** The datapath that a type of the database means: Open vSwitch takes an empty type for `system`, that of the kernel. */
export function datapathOf(datapathType: string): string {
  return datapathType || "system";
}

/** The ports of a bridge of ours that neither the agent nor ovn-controller has made. */
export function strangePorts({ name, madeFor, ports }: WireBridge): readonly BridgePort[] {
  return ports.filter((port) => port.name !== name && port.name !== madeFor && port.localnet === undefined);
}
