import { addressReasons } from "./address-reasons.ts";
import { eventReasons, type ReasonEntry } from "./event-reasons.ts";

/**
 * The reasons of conditions and Events that say that something is not as it was asked for. The codes of refusals and faults may
 * stand there as well (error-codes.ts). `ovn4nfv explain` and docs/reference/refusals.md use this table.
 */
export const conditionReasons = {
  NameTaken: {
    on: "Network, ProviderNetwork, Uplink",
    meaning:
      "Somebody else has a row of this name in the Northbound database, or another Network of another namespace.",
    remedy: "Choose another name, or remove the other one. The message names it.",
  },
  SubnetOverlap: {
    on: "Network, ProviderNetwork",
    meaning: "A subnet overlaps with one that the router already leads to.",
    remedy: "Choose another subnet, or make one of the two networks isolated.",
  },
  WaitsForUplink: {
    on: "Network",
    meaning: "The network asks for source NAT, and there is no way out, or it is not ready.",
    remedy: "Make the Uplink that the message names, or set the flags of the controller: docs/way-out.md.",
  },
  WaitsForNodes: {
    on: "ProviderNetwork",
    meaning: "No node says that it carries the wire.",
    remedy: "Look at the conditions of the wires with `kubectl describe ovnnode NODE`.",
  },
  NodesMissing: {
    on: "ProviderNetwork",
    meaning: "Some nodes that shall carry the wire do not.",
    remedy: "The message names nodes and reasons; `kubectl describe ovnnode NODE` has the remedy of each.",
  },
  NoSwitchToAdopt: {
    on: "Network",
    meaning: "The Network adopts a logical switch, and there is none of that name.",
    remedy: "Make the switch, or correct the name.",
  },
  AdoptionNotAllowed: {
    on: "Network",
    meaning: "The maker of the logical switch does not let Networks of this namespace adopt it.",
    remedy: "Let its maker write the key adoptable-by on the switch: docs/reference/external-ids.md.",
  },
  AdoptionWidens: {
    on: "Network",
    meaning: "The Network would admit more namespaces to the switch than its maker does.",
    remedy: "Name fewer namespaces in allowedNamespaces, or leave the field out.",
  },
  InUse: {
    on: "Network, ProviderNetwork, Uplink",
    meaning: "The object is being deleted, and others still use it.",
    remedy: "Delete those that the message names, or wait for them to go.",
  },
  HandedOutBefore: {
    on: "Network, ProviderNetwork",
    meaning: "Pods hold addresses that the network no longer hands out.",
    remedy: "Create the pods that the message names again, or take the subnet back.",
  },
  PoolExhausted: {
    on: "Network, ProviderNetwork",
    meaning: "All addresses are held.",
    remedy: "Delete pods, or add a subnet: docs/guides/full-network.md.",
  },
  OlderPods: {
    on: "Network, ProviderNetwork",
    meaning: "Pods are older than a subnet, and have no route to it.",
    remedy: "Create them again: routes are written when a pod is created.",
  },
  UplinkThere: {
    on: "ProviderNetwork",
    meaning: "A chain needs a port of the router in the network, and an Uplink stands there.",
    remedy: "End the chain in another ProviderNetwork.",
  },
  AddressesHeld: {
    on: "ProviderNetwork",
    meaning: "A chain needs an address for the router in the network, and none is free.",
    remedy: "Delete a pod, or exclude fewer addresses.",
  },
  WaitsForNode: {
    on: "ProviderNetwork, Uplink",
    meaning: "No node carries the gateway.",
    remedy: "Label a node that carries the wire, or correct the selector of the Uplink: docs/way-out.md.",
  },
  WaitsForProvider: {
    on: "Uplink",
    meaning: "There is no ProviderNetwork of that name yet.",
    remedy: "Make it, or correct the name.",
  },
  WaitsForJoinAddress: {
    on: "Uplink",
    meaning: "The subnets between router and gateways are full.",
    remedy: "Give the controller larger ones with --join-subnets.",
  },
  Dropped: {
    on: "NetworkChaining",
    meaning: "A function has no ready pod, so that nothing passes the chain.",
    remedy: "Degraded says which function lacks what. Start its pods, or write onFailure: Bypass.",
  },
  Bypassed: {
    on: "NetworkChaining",
    meaning: "A function has no ready pod, and is left out, as onFailure: Bypass says.",
    remedy: "Degraded says which function lacks what.",
  },
  NoReplica: {
    on: "NetworkChaining",
    meaning: "No pod of a function is ready.",
    remedy: "Look at the pods with the labels that the message names.",
  },
  FunctionWithoutNetworks: {
    on: "NetworkChaining",
    meaning: "A pod of a function lacks an interface in the network on one of its sides.",
    remedy: "Let it ask for both networks, as docs/service-chains.md shows.",
  },
  MoreReplicasThanSlices: {
    on: "NetworkChaining",
    meaning: "A function has more than 64 pods, and those beyond get no traffic.",
    remedy: "Run at most 64.",
  },
  NetworkNotRouted: {
    on: "NetworkChaining",
    meaning: "A network of the chain has no port on the router: it is isolated or adopted.",
    remedy: "Use a Network that is neither.",
  },
  NetworkNotAllowed: {
    on: "NetworkChaining, Tap",
    meaning: "The owner of a network does not allow chains, or taps, of this namespace.",
    remedy: "Let the owner add the namespace to allowChains, or allowTaps, of the network.",
  },
  SameNetwork: {
    on: "NetworkChaining",
    meaning: "Both ends of the chain are one network, and its traffic never meets the router.",
    remedy: "Take two networks.",
  },
  NoCommonFamily: {
    on: "NetworkChaining",
    meaning: "One end has only IPv4, and the other only IPv6.",
    remedy: "Give both ends subnets of one family.",
  },
  ChainOverlap: {
    on: "NetworkChaining",
    meaning: "An older chain has the traffic between the same ends.",
    remedy: "Delete one of the two chains.",
  },
  RoutesMissing: {
    on: "NetworkChaining",
    meaning: "Pods of functions ask for no route to an end of the chain. It says nothing about Ready.",
    remedy: "Write what the message says into their requests, or let the pods set their routes themselves.",
  },
  Refused: {
    on: "Tap",
    meaning: "Some sources are not copied, because a Network or a node does not allow it.",
    remedy: "`ovn4nfv taps` says of each source why.",
  },
  Waiting: {
    on: "Tap",
    meaning: "Some sources are not copied yet.",
    remedy: "Wait some seconds; then see `ovn4nfv taps`, and the agents of the nodes that it names.",
  },
  NoSink: {
    on: "Tap, OvnNode",
    meaning: "No pod has the labels of the sink, a node, and an interface that asks for `tap`.",
    remedy: 'Write "tap": "true" into the request of the interface, as docs/guides/tap.md shows.',
  },
  NoSources: {
    on: "Tap",
    meaning: "No pod has an interface that the tap selects.",
    remedy: "Correct podSelector or network, or start the pods.",
  },
  TargetNotAllowed: {
    on: "Tap",
    meaning: "The address of the sink is in no prefix to which nodes may send copies.",
    remedy: "Let the operator add the prefix to --tap-targets of the controller.",
  },
  TooManyTaps: {
    on: "Tap",
    meaning: "There are as many older taps as the controller looks at.",
    remedy: "Delete older taps.",
  },
  TooManySources: {
    on: "Tap",
    meaning: "All taps together select more interfaces than the controller keeps.",
    remedy: "Select fewer interfaces, or delete older taps.",
  },
  LargePacketsMissing: {
    on: "Tap",
    meaning:
      "The wire of a source carries larger packets than the tunnel to the sink, and copies of those do not arrive.",
    remedy: "Put the sink on the node of the source, or raise the MTU of the network between nodes.",
  },
  SinkNotWired: {
    on: "OvnNode",
    meaning: "The interface of a sink is not on the bridge of its node yet.",
    remedy: "Wait for the pod of the sink; `ovn4nfv taps` names it.",
  },
  SourcesNotWired: {
    on: "OvnNode",
    meaning: "No source of a tap is on the bridge of the node yet.",
    remedy: "Wait for the pods; `ovn4nfv taps` names them.",
  },
  TooManyMirrors: {
    on: "OvnNode",
    meaning: "Older taps and other programs have all the mirrors that Open vSwitch makes on a bridge.",
    remedy: "Delete a tap.",
  },
  TargetTwice: {
    on: "OvnNode",
    meaning: "An older tap has a tunnel to the same address with the same key.",
    remedy: "Give the tap another spec.sink.gre.key.",
  },
  TunnelFault: {
    on: "OvnNode",
    meaning: "Open vSwitch cannot use the tunnel of a tap.",
    remedy: "The message quotes it; look at its log.",
  },
  InterfaceMissing: {
    on: "OvnNode",
    meaning: "The node has no interface of that name.",
    remedy: "Correct providerInterfaceName, or select other nodes.",
  },
  InterfaceOnBridge: {
    on: "OvnNode",
    meaning: "The interface is on another bridge of Open vSwitch.",
    remedy: "Take it off, or name that bridge.",
  },
  InterfaceEnslaved: {
    on: "OvnNode",
    meaning: "The interface belongs to a bond or bridge of the kernel.",
    remedy: "Name the bond, or take the interface out.",
  },
  InterfaceHasAddress: {
    on: "OvnNode",
    meaning: "The interface has an address: the node uses it, and would be cut off.",
    remedy: "Take an interface that the node does not use itself.",
  },
  InterfaceHasRoute: {
    on: "OvnNode",
    meaning: "A route of the node leads through the interface.",
    remedy: "Take an interface that the node does not use itself.",
  },
  InterfaceCarriesLink: {
    on: "OvnNode",
    meaning: "Another interface, such as a VLAN, stands on this one.",
    remedy: "Remove that one, or take another interface.",
  },
  InterfaceTaken: {
    on: "OvnNode",
    meaning: "Another physical network has the interface.",
    remedy: "Give both ProviderNetworks one physicalNetwork, or another interface.",
  },
  BridgeNameTaken: {
    on: "OvnNode",
    meaning: "Somebody else has a bridge with the name that ours would have.",
    remedy: "Rename that bridge, or name it as the bridge of the ProviderNetwork.",
  },
  BridgeMissing: {
    on: "OvnNode",
    meaning: "The bridge that the ProviderNetwork names is not there.",
    remedy: "Make it, or correct the name.",
  },
  BridgeIncomplete: {
    on: "OvnNode",
    meaning: "The bridge has no interface of the node.",
    remedy: "Add the interface to the bridge.",
  },
  BridgeFault: {
    on: "OvnNode",
    meaning: "Open vSwitch cannot use the interface.",
    remedy: "The message quotes it; look at its log.",
  },
  OtherDatapath: {
    on: "OvnNode",
    meaning: "The bridge forwards in another way (kernel or user space) than the integration bridge.",
    remedy: "Give both the same datapath_type.",
  },
  AccessPort: {
    on: "OvnNode",
    meaning: "The interface takes tags off frames, because it is an access port.",
    remedy: "Remove tag and vlan_mode from the port.",
  },
  MappedElsewhere: {
    on: "OvnNode",
    meaning: "Somebody has mapped the physical network to another bridge.",
    remedy: "Take it out of ovn-bridge-mappings, or name that bridge.",
  },
  NoCarrier: {
    on: "OvnNode",
    meaning: "No cable is connected.",
    remedy: "Look at the cable and at the switch outside.",
  },
  MtuTooSmall: {
    on: "OvnNode",
    meaning: "A network asks for larger packets than the interface carries.",
    remedy: "Raise the MTU of the interface, or lower mtu of the ProviderNetwork.",
  },
  VlanLimit: {
    on: "OvnNode",
    meaning: "Open vSwitch reads one tag of a frame, and the network needs two.",
    remedy: "Set other_config:vlan-limit of Open_vSwitch to 2.",
  },
  OtherInterface: {
    on: "OvnNode",
    meaning: "Networks of one physical network name different interfaces.",
    remedy: "Give them the same interface, or another physicalNetwork.",
  },
  NotReported: {
    on: "ProviderNetwork, OvnNode",
    meaning: "The agent of a node has said nothing about the wire yet.",
    remedy: "Wait some seconds; then look at the agent of the node.",
  },
  NoSystemId: {
    on: "OvnNode",
    meaning: "Open vSwitch of the node has no system id.",
    remedy: "Set external_ids:system-id of Open_vSwitch.",
  },
  WrongSystemId: {
    on: "OvnNode",
    meaning: "The system id has characters that OVN cannot read in requested-chassis.",
    remedy: "Choose one of letters, digits, and . _ : - in the middle.",
  },
  OtherChassis: {
    on: "OvnNode",
    meaning: "The ovn-controllers of the node are chassis with other names than the system id.",
    remedy: "Restart ovn-controller, or correct external_ids:system-id.",
  },
  ClaimNotMade: {
    on: "Event",
    meaning: "The claim by which a replica of a StatefulSet keeps its addresses cannot be made.",
    remedy: "The message says who refuses it, such as a quota. Without it the addresses are the pod's alone.",
  },
  IPAddressConflict: {
    on: "IPAMClaim",
    meaning: "Somebody else has an address of the claim, or the claim names others than NB keeps.",
    remedy: "Free the address that the message names, or delete the claim to get other addresses.",
  },
  InterfacesNotUp: {
    on: "Pod",
    meaning: "Interfaces of the pod are not up yet, so that it is not Ready.",
    remedy: "The message names them; look at ovn-controller of the node.",
  },
  Invalid: {
    on: "Network, ProviderNetwork, Uplink, NetworkChaining, Tap, FloatingIP, Service, Event",
    meaning: "A field of the object is wrong by itself, or two fields do not fit together.",
    remedy: "The message names the field and what to write. Correct the object.",
  },
  ChassisDisputed: {
    on: "Event, Uplink",
    meaning: "Two nodes say that they have one chassis.",
    remedy: "`kubectl get ovnnodes` shows which; give each Open vSwitch a system id of its own.",
  },
  MemberOut: {
    on: "Uplink",
    meaning: "One of the two chassis of the gateway does not answer, so that nobody takes over from the other one.",
    remedy: "Look at the node that the message names, and at its tunnel.",
  },
  NoSouthbound: {
    on: "Uplink",
    meaning: "The controller does not read the Southbound database, so that nobody knows whether the chassis answer.",
    remedy: "Set --sb of the controller (OVN4NFV_SB in its ConfigMap), or look at why the database does not answer.",
  },
  NotChained: {
    on: "NetworkChaining",
    meaning: "The chain is refused, so that no traffic is sent to functions.",
    remedy: "The condition Ready of the chain says why.",
  },
  Leaving: {
    on: "OvnNode",
    meaning: "The wire is to go from the node, and something still uses its bridge.",
    remedy: "Delete the pods and Uplinks that use the wire there. The message names what is left.",
  },
  ...addressReasons,
  ...eventReasons,
} as const satisfies Readonly<Record<string, ReasonEntry>>;
