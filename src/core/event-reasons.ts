export interface ReasonEntry {
  /** Where the reason stands: kinds of objects with such a condition, or `Event`. */
  readonly on: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** The reasons of Events that say that something is not as it was asked for. */
export const eventReasons = {
  DuplicateAllocation: {
    on: "Event",
    meaning: "Another pod holds the allocation that the label names.",
    remedy: "Create the pod again.",
  },
  OldResult: {
    on: "Event",
    meaning: "Somebody put an older result back on the pod, and nothing is wired or made again by it.",
    remedy: "Create the pod again.",
  },
  AllocationLabelLost: {
    on: "Event",
    meaning: "Somebody removed the label by which the pod's addresses are known.",
    remedy: "Create the pod again.",
  },
  PortLost: {
    on: "Event",
    meaning: "Ports of the pod are gone from the Northbound database, and cannot be made again.",
    remedy: "The message says why. Create the pod again.",
  },
  PortChanged: {
    on: "Event",
    meaning: "Somebody edited a port of the pod, and it cannot be corrected.",
    remedy: "The message names who holds the address now: move it away, or create the pod again.",
  },
  PortCorrected: {
    on: "Event",
    meaning: "Somebody had edited a port of the pod, and it was written again.",
    remedy: "Find out who writes to ports of ours.",
  },
  PortOnSeveralSwitches: {
    on: "Event",
    meaning: "Somebody put a port of the pod on a second logical switch.",
    remedy: "Take it off the wrong one.",
  },
  PortDown: {
    on: "Event",
    meaning: "No chassis has a port of the pod, although the pod runs.",
    remedy: "Look at ovn-controller of the node, with `ovn4nfv doctor`.",
  },
  InterfacesNotAttached: {
    on: "Event",
    meaning: "The pod was given interfaces while it runs, and neither Multus nor OVN has them after 30 seconds.",
    remedy:
      "Run Multus as a daemon with multus-dynamic-networks-controller, as docs/hot-plug.md says; or let the sandbox be made again.",
  },
  AddressConflict: {
    on: "Event",
    meaning: "Another port took an address of the pod afterwards.",
    remedy: "Move the other port: nothing is moved automatically.",
  },
  NotAllocated: {
    on: "Event",
    meaning: "The pod was stored while no webhook saw it, and cannot be given addresses any more.",
    remedy: "Create the pod again.",
  },
  AllocationRefused: {
    on: "Event",
    meaning: "The pod was stored while no webhook saw it, and its request is refused.",
    remedy: "Correct what the message names, and create the pod again.",
  },
  WaitsForWire: {
    on: "Event",
    meaning: "No node that may take the pod carries the wire of its network.",
    remedy: "The message names the wire; `kubectl describe ovnnode NODE` says what it lacks.",
  },
  ClusterIPNotServed: {
    on: "Event",
    meaning: "The Service has a clusterIP as well, and nobody serves that.",
    remedy: "Write clusterIP: None, and use the addresses in annotation and status.",
  },
  NoNetwork: {
    on: "Event",
    meaning: "A network policy names a network that does not exist, or none; there it does nothing yet.",
    remedy: "The message says what to write into the annotation policy-for.",
  },
  UnknownPort: {
    on: "Event",
    meaning: "No pod that a network policy selects has a container port of the name in the policy.",
    remedy: "Write the number of the port, or give a container's port that name.",
  },
  ChassisOfAnother: {
    on: "Event",
    meaning: "The node says that it has the chassis of another node.",
    remedy: "Give the Open vSwitch of the node a system id of its own.",
  },
  GatewayMemberOut: {
    on: "Event",
    meaning: "A chassis of a gateway does not answer; the other one carries on alone.",
    remedy: "Look at the node and its tunnel. It comes back by itself.",
  },
  UnknownTokenKey: {
    on: "Event",
    meaning: "The allocation token of the pod is signed with a key that the controller does not have.",
    remedy: "Find who stored the pod with this token. If keys were restored or deleted, create the pod again.",
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;
