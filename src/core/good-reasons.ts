interface GoodReason {
  /** Where the reason stands: kinds of objects with such a condition, or `Event`. */
  readonly on: string;
  readonly meaning: string;
}

/** The reasons of conditions that say that all is well, and of Events that say what was done. Nothing is to be done about them. */
export const goodReasons = {
  Created: { on: "Network, ProviderNetwork, Uplink", meaning: "OVN has what the object asks for." },
  AllReady: { on: "ProviderNetwork", meaning: "All nodes that shall carry the wire do." },
  InRange: { on: "Network, ProviderNetwork", meaning: "Pods hold only addresses that the network hands out." },
  Free: { on: "Network, ProviderNetwork", meaning: "There are addresses for new pods." },
  Routed: { on: "Network, ProviderNetwork", meaning: "All pods have a route to each subnet." },
  Made: { on: "ProviderNetwork", meaning: "The router has the port that a chain needs." },
  BothMembers: { on: "Uplink", meaning: "Both chassis of the gateway answer, and either takes over from the other." },
  Chained: { on: "NetworkChaining", meaning: "Traffic passes all functions." },
  Complete: { on: "NetworkChaining", meaning: "No function lacks anything." },
  Asked: { on: "NetworkChaining", meaning: "The pods of functions ask for the routes that the chain needs." },
  Mirrored: { on: "Tap", meaning: "All sources are copied." },
  Attached: { on: "FloatingIP", meaning: "The address leads to the pod." },
  Served: { on: "Service", meaning: "The Service is reached at its address on the network." },
  ServedOutside: { on: "Service", meaning: "The Service is reached at its address of an Uplink." },
  SuccessfulAllocation: { on: "IPAMClaim", meaning: "The claim has its addresses." },
  InterfacesUp: { on: "Pod", meaning: "All interfaces of the pod are up." },
  Published: { on: "OvnNode", meaning: "The agent has said which chassis the node is." },
  Connected: { on: "OvnNode", meaning: "The wire is on the bridge, and its cable is connected." },
  Fits: { on: "OvnNode", meaning: "The wire carries what its networks ask for." },
  Applied: { on: "Event", meaning: "A network policy that was in doubt, or is new, now isolates pods." },
  AllocatedLate: { on: "Event", meaning: "No webhook saw the pod being created, and it was given addresses later." },
  AddressesMoved: { on: "Event", meaning: "A virtual machine has moved into the pod, and its addresses with it." },
  InterfacesPlugged: { on: "Event", meaning: "The pod was given interfaces while it runs." },
  InterfacesUnplugged: { on: "Event", meaning: "Interfaces have left the pod, and their addresses are free." },
  PortRestored: { on: "Event", meaning: "Ports of the pod were lost from the Northbound database and made again." },
  GatewayMemberBack: { on: "Event", meaning: "A chassis of a gateway answers again." },
  ClaimDeleted: {
    on: "Event",
    meaning: "The replica of a StatefulSet is gone for good, and its claim was deleted, as whenScaled asks.",
  },
} as const satisfies Readonly<Record<string, GoodReason>>;
