/** One element of the result annotation: Nodus' five fields first, then ours. */
export interface InterfaceResult {
  /** Addresses with prefix length, IPv4 before IPv6. */
  readonly ip_address: readonly string[];
  readonly mac_address: string;
  /** The network's gateways, or those of `gwipaddress`; without prefix length; may be empty. */
  readonly gateway_ip: readonly string[];
  readonly defaultGateway: "true" | "false";
  readonly interface: string;
  readonly network: string;
  /** Name of the Logical_Switch_Port: the OVS interface's `iface-id`. */
  readonly port: string;
  /** Bytes; absent: the agent's default. */
  readonly mtu?: number | undefined;
  /** Absent when there is none. */
  readonly routes?: readonly RouteResult[] | undefined;
}

export interface RouteResult {
  readonly dst: string;
  /** Absent: `dst` is on the link. */
  readonly gw?: string | undefined;
}
