// The words between the server of `ovn4nfv view` and its page: plain types that either side imports, without code.

/** The fields of each object of the network, whatever its kind. */
interface ViewObject {
  /** It is the same for as long as the object is there: `kind/name`, or `kind/namespace/name` for what is in a namespace. */
  readonly key: string;
  /** Absent for what is in no namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** `unknown` while nobody has judged it, or where it cannot be read. */
  readonly ready: "yes" | "no" | "unknown";
  /** One word, which `ovn4nfv explain` knows. Absent when there is nothing to say. */
  readonly reason?: string;
  /** The fault or a hint in a sentence. Absent when there is nothing to say. */
  readonly message?: string;
}

/** The usage of a subnet or a pool. Counts are decimal numbers, since a /64 has more addresses than a number can tell. */
export interface ViewUsage {
  /** Its prefix, or for a pool its ranges as `first-last` with commas between them. */
  readonly of: string;
  /** Absent for a subnet. */
  readonly pool?: string;
  /** Absent when it has none, and for a pool. */
  readonly gateway?: string;
  readonly capacity: string;
  readonly used: string;
  readonly free: string;
}

/** A logical switch that is a network. */
export interface ViewNetwork extends ViewObject {
  readonly kind: "network";
  readonly usage: readonly ViewUsage[];
  /** The number of ports whose pod is not known to be stored. */
  readonly openReservations: number;
  /** In bytes; absent for the most that the nodes carry. */
  readonly mtu?: number;
  /** `*` stands for all. */
  readonly allowedNamespaces: readonly string[];
  /** The object that defines it. Absent for a bare switch, and where objects are not read. */
  readonly object?: { readonly kind: string; readonly namespace?: string };
  /** The keys of the routers, the wire and the uplink to which it is connected. */
  readonly routers: readonly string[];
  readonly wire?: string;
  readonly uplink?: string;
}

/** A logical router, ours or somebody's. */
export interface ViewRouter extends ViewObject {
  readonly kind: "router";
  /** The key of the uplink whose gateway it is. */
  readonly uplink?: string;
  /** The keys of the routers to which it is connected by a switch that is no network. */
  readonly routers: readonly string[];
}

/** A physical network: what OVN calls by one name in `ovn-bridge-mappings`. */
export interface ViewWire extends ViewObject {
  readonly kind: "wire";
  /** The ProviderNetworks on it, by name. */
  readonly providerNetworks: readonly string[];
}

export interface ViewUplink extends ViewObject {
  readonly kind: "uplink";
  readonly addresses: readonly string[];
  readonly nextHops: readonly string[];
  /** System ids of the chassis that may carry the gateway, best first. */
  readonly chassis: readonly string[];
  /** The key of the wire by which it leads outside. Absent where that is not known. */
  readonly wire?: string;
}

/** The connection of a node to a wire. */
export interface ViewNodeWire {
  /** The key of the wire. */
  readonly wire: string;
  readonly interface?: string;
  readonly bridge?: string;
  readonly mtu?: number;
  readonly ready: ViewObject["ready"];
  readonly reason?: string;
  readonly message?: string;
}

export interface ViewNode extends ViewObject {
  readonly kind: "node";
  /** System id of its Open vSwitch. */
  readonly chassis?: string;
  readonly agentVersion?: string;
  /** In bytes. */
  readonly mtu?: number;
  /** The keys of the uplinks whose gateway it may carry. */
  readonly gatewayOf: readonly string[];
  readonly wires: readonly ViewNodeWire[];
}

export interface ViewInterface {
  /** Its name in the pod. */
  readonly name: string;
  /** The key of its network. Absent while no switch has the port. */
  readonly network?: string;
  readonly addresses: readonly string[];
  readonly mac?: string;
  /** Name of the Logical_Switch_Port. */
  readonly port: string;
  /** True when a chassis has the port. Absent while OVN has not told. */
  readonly up?: boolean;
  /** The key of the IPAMClaim that keeps the addresses. */
  readonly claim?: string;
}

/** A pod that has an allocation, or asks for one. */
export interface ViewPod extends ViewObject {
  readonly kind: "pod";
  /** The key of its node. */
  readonly node?: string;
  /**
   * The word of `ovn4nfv pods` for it; `waiting` for a pod that asks for networks and has none, and `allocated` for one that has a result,
   * while the Northbound database is not read.
   */
  readonly state: "allocated" | "bound" | "reserved" | "differs" | "missing" | "orphan" | "released" | "waiting";
  readonly allocation?: string;
  /** The keys of the FloatingIPs that lead to it, or that select it and lead nowhere: at most 64. Absent when there are none. */
  readonly floatingIps?: readonly string[];
  /** The number of further ones. Absent when all are named. */
  readonly moreFloatingIps?: number;
  /** The keys of the policies that select it and are about one of its networks: at most 64. Absent when there are none. */
  readonly policies?: readonly string[];
  /** The number of further ones. Absent when all are named. */
  readonly morePolicies?: number;
  /** They are in the order of the request, and without the pod in the order of their names. */
  readonly interfaces: readonly ViewInterface[];
}

export interface ViewHop {
  /** The function's name. */
  readonly name: string;
  /** The keys of the networks on both sides. */
  readonly left?: string;
  readonly right?: string;
  /** The keys of the pods that carry slices of the traffic, with the number of slices. */
  readonly pods: readonly { readonly pod: string; readonly slices: number }[];
}

export interface ViewChain extends ViewObject {
  readonly kind: "chain";
  readonly hops: readonly ViewHop[];
}

export interface ViewTap extends ViewObject {
  readonly kind: "tap";
  /** The sink in words; "" while there is none. */
  readonly sink: string;
  readonly sources: readonly {
    /** The key of the pod. */
    readonly pod: string;
    readonly interface: string;
    readonly state: string;
    readonly message?: string;
  }[];
}

export interface ViewService extends ViewObject {
  readonly kind: "service";
  /** The key of its network. Absent when what it says cannot be read. */
  readonly network?: string;
  readonly addresses: readonly string[];
  readonly outside: readonly string[];
  /** `80/TCP` for each port. */
  readonly ports: readonly string[];
}

/** A FloatingIP: an address of an uplink that leads to one pod. */
export interface ViewFloatingIp extends ViewObject {
  readonly kind: "floatingip";
  /** Absent until it has one. */
  readonly address?: string;
  /** The key of its uplink. Absent when what it says cannot be read. */
  readonly uplink?: string;
  /** The key of the pod to which it leads, with the key of the network and the address there. Absent while it leads nowhere. */
  readonly pod?: string;
  readonly network?: string;
  readonly podAddress?: string;
  /** Says what to do, in the words of `ovn4nfv doctor`. Absent when there is nothing to do. */
  readonly cure?: string;
}

/** A MultiNetworkPolicy, as far as it is about networks that are ours. */
export interface ViewPolicy extends ViewObject {
  readonly kind: "policy";
  /** The keys of the networks that it is about. */
  readonly networks: readonly string[];
  /** The directions in which its pods get or send only what a rule allows. */
  readonly isolates: readonly ("ingress" | "egress")[];
  readonly rules: number;
  /** The number of pods that it selects on its networks. */
  readonly pods: number;
}

/** An IPAMClaim, which keeps addresses beyond a pod's life. */
export interface ViewClaim extends ViewObject {
  readonly kind: "claim";
  /** The key of its network. */
  readonly network?: string;
  readonly addresses: readonly string[];
  /** The key of the pod that has the addresses now. */
  readonly pod?: string;
}

/** An object of the network. Its links to others are their keys, which need not be among the objects that are sent. */
export type ViewItem =
  | ViewNetwork
  | ViewRouter
  | ViewWire
  | ViewUplink
  | ViewNode
  | ViewPod
  | ViewChain
  | ViewTap
  | ViewService
  | ViewFloatingIp
  | ViewPolicy
  | ViewClaim;

export type ViewKind = ViewItem["kind"];
