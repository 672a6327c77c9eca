/** The right reaction to an error: try again later (`retry`), give up (`terminal`), or report a defect of ours (`bug`). */
export type Disposition = "retry" | "terminal" | "bug";

interface ErrorCodeEntry {
  readonly kind: "refusal" | "fault";
  readonly disposition: Disposition;
  /** HTTP status in an admission answer or on our own endpoints. */
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** All error codes. Admission answers, metric labels, Events and docs/reference/refusals.md use this table. */
export const errorCodes = {
  Malformed: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "The request annotation is not well-formed, or a field has a value of the wrong kind.",
    remedy: "Write the named field as the message says. docs/reference/annotations.md lists all fields.",
  },
  UnknownNetwork: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "No network of that name exists.",
    remedy: "Create the Network (or logical switch) first, or correct the name; `ovn4nfv networks` lists them.",
  },
  WireMissing: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "No node, or not the node that the pod names, carries the wires of the networks that the pod joins.",
    remedy:
      "Look with `kubectl describe providernetwork` why its nodes are not ready, and leave `nodeName` out of the pod.",
  },
  NotAllowed: {
    kind: "refusal",
    disposition: "terminal",
    status: 403,
    meaning:
      "The network, or its pool, does not admit pods of this namespace, it is being deleted, it has no addresses to hand out, or there is no such namespace.",
    remedy: "Do what the message says; mostly the network's owner must add the namespace to the allowed namespaces.",
  },
  InterfaceInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "An interface name is not a valid Linux interface name, is reserved, or is used twice in the pod.",
    remedy:
      "Write 1 to 15 letters, digits, `_`, `-` or `.`; use each name once in a pod, and neither eth0 nor lo. Or leave the name out.",
  },
  SelectionInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning:
      "A Multus selection of one of our definitions names no network, or it does not fit the request in the other annotation; or the pod has more than 64 selections.",
    remedy:
      "Select definitions that name a network. When the pod also has a request annotation, select one definition for all its interfaces. The message says which selection is wrong.",
  },
  ChangeRefused: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning:
      "The networks of a stored pod cannot be changed like this: the pod ends, an interface belongs to its request, or one of that name still leaves.",
    remedy: "Do what the message says. docs/hot-plug.md tells what can be changed on a pod that runs.",
  },
  AddressOutOfRange: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "A requested address lies outside the subnets of the network.",
    remedy: "Ask for an address inside the subnet that the message names, or leave ipAddress out.",
  },
  AddressReserved: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning:
      "A requested address belongs to the gateway, a router or a pool that the pod did not choose, is excluded, or is the network or broadcast address.",
    remedy: "Ask for another address, or leave ipAddress out.",
  },
  AddressInUse: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "A requested address is held by another port of the network.",
    remedy: "Ask for another address, leave ipAddress out, or delete the holder first.",
  },
  ClaimInUse: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "Another pod has the addresses of the IPAMClaim, or may still run with them.",
    remedy: "Wait until that pod has ended. Whoever makes the pods tries again by itself.",
  },
  ClaimInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "The IPAMClaim is for another network, it is being deleted, or a pod cannot use it as it is.",
    remedy: "Name a claim of the pod's namespace that was made for the network, each claim once in a pod.",
  },
  ReplicaInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning:
      "The pod asks for what only a replica of a StatefulSet can have, or there are no addresses for its ordinal in `ordinalAddresses`.",
    remedy:
      "Write `sticky` and `ordinalAddresses` in the pod template of a StatefulSet, with a list of addresses for each replica. In another pod, name a claim that you make yourself.",
  },
  MacInUse: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "A requested MAC address is held by another port of the network.",
    remedy: "Ask for another macAddress or leave it out.",
  },
  UnknownPool: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "The network has no pool of the name that the interface asks for.",
    remedy: "Write the name of one of its pools, which the message lists, or leave pool out.",
  },
  PoolExhausted: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "The network, or the pool of it that the pod chose, has no free address left.",
    remedy:
      "Delete pods that are not needed, or add a subnet to the network, as docs/guides/full-network.md shows. A pool gets more " +
      "addresses by its range.",
  },
  FloatingUnavailable: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "An address outside was asked for on a network that leaves by no Uplink with floating addresses.",
    remedy:
      "Name an Uplink with `floating` in `uplink` of the Network, as docs/way-out.md shows, or leave externalIp out.",
  },
  LimitReached: {
    kind: "refusal",
    disposition: "terminal",
    status: 403,
    meaning:
      "The namespace has as many floating addresses of the Uplink, or claims with addresses of the network, as it may have.",
    remedy:
      "Delete a pod or FloatingIP with such an address, or claims that are not needed, or ask for a higher limit.",
  },
  RouteInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "A route's destination or gateway is wrong, or its gateway cannot be reached through the interface.",
    remedy: "Write `dst` as a CIDR, and `gw` as an address of the same family on the interface's network.",
  },
  HostNetwork: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "A pod with hostNetwork cannot have extra interfaces.",
    remedy: "Remove hostNetwork or the request annotation.",
  },
  ReservationsFull: {
    kind: "refusal",
    disposition: "retry",
    status: 429,
    meaning:
      "The namespace has the largest allowed number of reservations on the switch that are not bound to a pod yet.",
    remedy: "Wait until the pods that were admitted exist. If no reservation becomes bound, look at the controller.",
  },
  ForgedResult: {
    kind: "refusal",
    disposition: "terminal",
    status: 403,
    meaning: "The result annotation of the pod does not carry our signature for this pod.",
    remedy: "Re-create the pod. Only the webhook may write the result.",
  },
  BackendUnavailable: {
    kind: "refusal",
    disposition: "retry",
    status: 503,
    meaning: "The OVN Northbound database cannot be reached or did not answer in time.",
    remedy: "Try again. If it fails again, look at the Northbound database and the webhook's log.",
  },
  ConfigInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 500,
    meaning: "A flag, environment variable or configuration file has a wrong value.",
    remedy: "Correct the named flag; `--help` lists the flags.",
  },
  DeadlineExceeded: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The time allowed for a call has passed.",
    remedy: "Try again. If it fails again, look at the load of the component that the message names.",
  },
  Aborted: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The caller gave up, or the process is shutting down.",
    remedy: "You need not do anything; the caller tries again.",
  },
  NotConnected: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "There is no connection to the OVSDB server, and nothing was sent.",
    remedy: "Look at the server and at the endpoint flags.",
  },
  OutcomeUnknown: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning:
      "The connection was lost, or the time ran out, while a transaction was in flight; it may or may not have been committed.",
    remedy: "Look whether the change was made before you try again.",
  },
  TransactionFailed: {
    kind: "fault",
    disposition: "terminal",
    status: 500,
    meaning: "The OVSDB server refused a transaction.",
    remedy: "The message quotes the server. RFC 7047 section 4.1.3 explains its errors.",
  },
  RowsChanged: {
    kind: "fault",
    disposition: "retry",
    status: 409,
    meaning: "Rows in the OVN Northbound database changed between being read and being written; nothing was written.",
    remedy: "You need not do anything; the rows are read again and the change is tried again.",
  },
  RowsNewer: {
    kind: "fault",
    disposition: "retry",
    status: 409,
    meaning:
      "A newer version has written rows of the OVN Northbound database in a format that this one does not know; nothing was written.",
    remedy: "Bring all processes to the newer version, as docs/upgrade.md says.",
  },
  BackupInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "A file is no backup of this database, or not a whole one, or a backup cannot be kept where it should be.",
    remedy: "Do what the message says; nothing was changed.",
  },
  AlreadyRunning: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning: "Another process does the work that only one may do at a time, and nothing was changed.",
    remedy: "Wait for the end of the process that the message names, or stop it, and run the command again.",
  },
  ProtocolError: {
    kind: "fault",
    disposition: "retry",
    status: 502,
    meaning: "The peer sent something that the protocol does not allow; the connection was closed.",
    remedy: "Check that the endpoint is an OVSDB server of a supported version.",
  },
  KubeApiError: {
    kind: "fault",
    disposition: "retry",
    status: 502,
    meaning: "The Kubernetes API server answered with an error.",
    remedy: "The message quotes the server. Look at RBAC and at the API server.",
  },
  CommandFailed: {
    kind: "fault",
    disposition: "retry",
    status: 500,
    meaning: "The kernel refused a link, an address or a route, or a program that was run ended with an error.",
    remedy: "The message quotes the kernel and the netlink command that it refused, or the program.",
  },
  RouteTaken: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning:
      "The pod has a route to the same destination already, mostly from the cluster's first CNI plugin. Admission cannot see such routes.",
    remedy:
      "Take the route out of the Network or the request, or write two halves of its destination, which go before the other route. For the default route write `defaultGateway`.",
  },
  CniVersionUnsupported: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "The CNI version of the network configuration is not supported, or it does not have the command.",
    remedy: "Set cniVersion to 0.3.1, 0.4.0, 1.0.0 or 1.1.0; CHECK needs 0.4.0, GC and STATUS need 1.1.0.",
  },
  CniEnvironmentInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "A CNI_ environment variable is missing or has a wrong value.",
    remedy: "The message names the variables. The container runtime or Multus sets them.",
  },
  CniConfigUndecodable: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "The network configuration on stdin is not a JSON object.",
    remedy: "Correct the file in /etc/cni/net.d or the NetworkAttachmentDefinition.",
  },
  CniConfigInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "A field of the network configuration is missing or has a wrong value.",
    remedy: "Correct the named field in /etc/cni/net.d or the NetworkAttachmentDefinition.",
  },
  SandboxUnknown: {
    kind: "fault",
    disposition: "terminal",
    status: 404,
    meaning: "No interface was made for this container, or its pod is gone.",
    remedy: "Nothing is left to clean up. The container runtime makes a new sandbox if the pod still wants one.",
  },
  ResultMissing: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning:
      "The pod has no result from which its attachment could be made: our webhook did not see the pod's creation.",
    remedy: "Create the pod again while the webhook runs, and ask for the network in its request annotation.",
  },
  SandboxChanged: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning: "CHECK found that the kernel or Open vSwitch no longer has what ADD made.",
    remedy: "The message names the differences. Delete the pod, or let the runtime make its sandbox again.",
  },
  NetnsInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "CNI_NETNS is not a network namespace, or is the host's own.",
    remedy: "Look at the container runtime, which makes the network namespace before it calls plugins.",
  },
  NodeNotReady: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The node cannot wire pods now: the integration bridge is missing.",
    remedy: "Look at ovs-vswitchd and ovn-controller on the node.",
  },
  Internal: {
    kind: "fault",
    disposition: "bug",
    status: 500,
    meaning: "This software has a defect.",
    remedy: "Report it with the log line.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes of refusals of a user's request (docs/glossary.md calls them reasons). */
export type RefusalCode = {
  [K in ErrorCode]: (typeof errorCodes)[K]["kind"] extends "refusal" ? K : never;
}[ErrorCode];
