interface ConditionType {
  /** The kinds of objects that have the condition. */
  readonly on: string;
  /** The fact that holds while the status of the condition is True. */
  readonly meaning: string;
}

/** The types of the conditions that we write. `ovn4nfv explain` and docs/reference/refusals.md use this table. */
export const conditionTypes = {
  Ready: {
    on: "Network, ProviderNetwork, Uplink, NetworkChaining, Tap, FloatingIP, OvnNode",
    meaning: "The object works as it was asked for. On a wire of an OvnNode: frames pass.",
  },
  NodesReady: { on: "ProviderNetwork", meaning: "All nodes that shall carry the wire do." },
  RouterPort: { on: "ProviderNetwork", meaning: "The router has a port in the network, which a chain needs." },
  AddressesInRange: { on: "Network, ProviderNetwork", meaning: "Pods hold only addresses that the network hands out." },
  AddressesFree: { on: "Network, ProviderNetwork", meaning: "There are addresses for new pods." },
  RoutesComplete: { on: "Network, ProviderNetwork", meaning: "All pods have a route to each subnet." },
  Redundant: { on: "Uplink", meaning: "Either of the two chassis of the gateway takes over from the other." },
  Degraded: { on: "NetworkChaining", meaning: "A function lacks something. Here True is bad." },
  RoutesAsked: { on: "NetworkChaining", meaning: "The pods of functions ask for the routes that the chain needs." },
  MtuFits: { on: "OvnNode", meaning: "The wire carries packets as large as its networks ask for." },
  DoubleTagsFit: { on: "OvnNode", meaning: "Open vSwitch reads both tags of a frame." },
  InterfaceAgreed: { on: "OvnNode", meaning: "All networks of the wire name the same interface." },
  IPsAllocated: { on: "IPAMClaim", meaning: "The claim has its addresses." },
  "k8s.plugin.opnfv.org/Served": { on: "Service", meaning: "The Service is reached at its address on the network." },
  "k8s.plugin.opnfv.org/ServedOutside": {
    on: "Service",
    meaning: "The Service is reached at its address of an Uplink.",
  },
  "k8s.plugin.opnfv.org/networks-ready": {
    on: "Pod",
    meaning: "All interfaces of the pod are up. It is a readiness gate.",
  },
} as const satisfies Readonly<Record<string, ConditionType>>;
