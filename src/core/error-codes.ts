/** How a caller may react: `retry` later, give up (`terminal`), or report a defect of ours (`bug`). */
export type Disposition = "retry" | "terminal" | "bug";

interface ErrorCodeEntry {
  readonly kind: "refusal" | "fault";
  readonly disposition: Disposition;
  /** HTTP status in an admission answer or on our own endpoints. */
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** Every error code there is. Admission answers, metric labels, Events and docs/reference/refusals.md read this table. */
export const errorCodes = {
  Malformed: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "The request annotation is not well-formed, or a field has a value of the wrong kind.",
    remedy: "Write the named field as the message says; docs/reference/annotations.md has an example of each.",
  },
  UnknownNetwork: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "No network of that name exists.",
    remedy: "Create the Network (or logical switch) first, or correct the name; `ovn4nfv networks` lists them.",
  },
  NotAllowed: {
    kind: "refusal",
    disposition: "terminal",
    status: 403,
    meaning: "The network does not admit pods of this namespace, or has no addresses to hand out.",
    remedy: "Ask the network's owner to add the namespace to the allowed namespaces.",
  },
  InterfaceInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "An interface name is not a valid Linux interface name, is reserved, or is used twice in the pod.",
    remedy: "Write 1 to 15 letters, digits, `_`, `-` or `.`, other than eth0 and lo, once in a pod; or leave it out.",
  },
  SelectionInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "A Multus selection of one of our definitions names no network, or does not fit the request beside it.",
    remedy:
      "Select definitions that name a network, or one for all interfaces beside a request; the message says which.",
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
    meaning: "A requested address is the gateway's, a router's, excluded, or the network or broadcast address.",
    remedy: "Ask for another address, or leave ipAddress out.",
  },
  AddressInUse: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "A requested address is held by another port of the network.",
    remedy: "Ask for another address, leave ipAddress out, or delete the holder first.",
  },
  MacInUse: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "A requested MAC address is held by another port of the network.",
    remedy: "Ask for another macAddress or leave it out.",
  },
  PoolExhausted: {
    kind: "refusal",
    disposition: "terminal",
    status: 409,
    meaning: "The network has no free address left.",
    remedy: "Delete pods that are not needed, or add a range to the network.",
  },
  RouteInvalid: {
    kind: "refusal",
    disposition: "terminal",
    status: 422,
    meaning: "A route's destination or gateway is wrong, or its gateway cannot be reached through the interface.",
    remedy: "Write `dst` as a CIDR and `gw` as an address on the interface's network, of one family.",
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
    meaning: "The namespace holds as many unbound reservations on the switch as it may.",
    remedy: "Wait until the pods that were admitted exist; when nothing is bound, look at the controller.",
  },
  ForgedResult: {
    kind: "refusal",
    disposition: "terminal",
    status: 403,
    meaning: "The result annotation of the pod does not carry our signature for this pod.",
    remedy: "Re-create the pod; only the webhook writes the result.",
  },
  BackendUnavailable: {
    kind: "refusal",
    disposition: "retry",
    status: 503,
    meaning: "The OVN Northbound database cannot be reached or did not answer in time.",
    remedy: "Try again; when it lasts, look at the Northbound database and the webhook's log.",
  },
  ConfigInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 500,
    meaning: "A flag, environment variable or configuration file has a wrong value.",
    remedy: "Mend the named flag; `--help` lists them.",
  },
  DeadlineExceeded: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The time allowed for a call has passed.",
    remedy: "Try again; when it lasts, look at the load of the component that the message names.",
  },
  Aborted: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The caller gave up, or the process is shutting down.",
    remedy: "Nothing; the caller tries again.",
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
    remedy: "Look before trying again.",
  },
  TransactionFailed: {
    kind: "fault",
    disposition: "terminal",
    status: 500,
    meaning: "The OVSDB server refused a transaction.",
    remedy: "The message quotes the server; docs/reference/refusals.md links to RFC 7047 section 4.1.3.",
  },
  RowsChanged: {
    kind: "fault",
    disposition: "retry",
    status: 409,
    meaning: "Rows in the OVN Northbound database changed between being read and being written; nothing was written.",
    remedy: "Nothing; it is read again and tried again.",
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
    remedy: "The message quotes the server; look at RBAC and at the API server.",
  },
  CommandFailed: {
    kind: "fault",
    disposition: "retry",
    status: 500,
    meaning: "The kernel refused a link, an address or a route, or a program that was run ended with an error.",
    remedy: "The message quotes the kernel and the line that it refused, or the program.",
  },
  CniVersionUnsupported: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "The CNI version of the network configuration is not spoken here, or does not have the command.",
    remedy: "Set cniVersion to 0.3.1, 0.4.0, 1.0.0 or 1.1.0; CHECK needs 0.4.0, GC and STATUS need 1.1.0.",
  },
  CniEnvironmentInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "A CNI_ environment variable is missing or has a wrong value.",
    remedy: "The message names the variables; the container runtime or Multus sets them.",
  },
  CniConfigUndecodable: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "The network configuration on stdin is not a JSON object.",
    remedy: "Mend the file in /etc/cni/net.d or the NetworkAttachmentDefinition.",
  },
  CniConfigInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "A field of the network configuration is missing or has a wrong value.",
    remedy: "Mend the named field in /etc/cni/net.d or the NetworkAttachmentDefinition.",
  },
  SandboxUnknown: {
    kind: "fault",
    disposition: "terminal",
    status: 404,
    meaning: "No interface was made for this container, or its pod is gone.",
    remedy: "Nothing is left to clean up; the container runtime makes a new sandbox when the pod still wants one.",
  },
  ResultMissing: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning: "The pod has no result that its attachment could be made from: no webhook of ours saw it being created.",
    remedy: "Create the pod again while the webhook runs, and ask for the network in its request annotation.",
  },
  SandboxChanged: {
    kind: "fault",
    disposition: "terminal",
    status: 409,
    meaning: "CHECK found that kernel or Open vSwitch do not have what ADD made.",
    remedy: "The message names the differences; delete the pod, or let the runtime make its sandbox again.",
  },
  NetnsInvalid: {
    kind: "fault",
    disposition: "terminal",
    status: 422,
    meaning: "CNI_NETNS is not a network namespace, or is the host's own.",
    remedy: "Look at the container runtime: it makes the network namespace before it calls plugins.",
  },
  NodeNotReady: {
    kind: "fault",
    disposition: "retry",
    status: 503,
    meaning: "The node cannot wire pods now: the integration bridge is missing.",
    remedy: "Look at ovs-vswitchd and ovn-controller of the node.",
  },
  Internal: {
    kind: "fault",
    disposition: "bug",
    status: 500,
    meaning: "A defect of this software.",
    remedy: "Report it with the log line.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes that a user can meet as a refusal of a request (docs/glossary.md calls them reasons). */
export type RefusalCode = {
  [K in ErrorCode]: (typeof errorCodes)[K]["kind"] extends "refusal" ? K : never;
}[ErrorCode];
