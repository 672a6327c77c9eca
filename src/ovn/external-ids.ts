/** The prefix of every key of ours in `external_ids`. Our Kubernetes annotations have the same one. */
const prefix = "k8s.plugin.opnfv.org/";

interface ExternalIdEntry {
  readonly on:
    | "Logical_Switch_Port"
    | "Logical_Switch"
    | "Logical_Router"
    | "Address_Set"
    | "NAT"
    | "Logical_Switch, Logical_Router"
    | "Logical_Switch_Port, NAT"
    | "Port_Group"
    | "ACL"
    | "any"
    | "NB_Global";
  readonly meaning: string;
  readonly example: string;
}

/** Every `external_ids` key that we write or read. docs/reference/external-ids.md is generated from this table. */
export const externalIdEntries = {
  owner: {
    on: "any",
    meaning: "The maker of the row. Our rows have `ovn4nfv`. A row without that value is never changed.",
    example: "ovn4nfv",
  },
  format: {
    on: "any",
    meaning:
      "The format of the row. Without the key it is 1, the only one so far. A row of a later format is left alone by a version that does " +
      "not know it, and reported.",
    example: "2",
  },
  allocation: {
    on: "Logical_Switch_Port, NAT",
    meaning:
      "The allocation id (a ULID). It is the same on all ports of one pod, and on the rules of its floating addresses.",
    example: "01KDGX3V9ZJ4T1C3R6Y8M2N5QW",
  },
  namespace: {
    on: "Logical_Switch_Port, NAT",
    meaning: "Namespace of the pod, or of the FloatingIP.",
    example: "default",
  },
  pod: {
    on: "Logical_Switch_Port",
    meaning:
      "Name of the pod. Before the port is bound it is the name in the request, which is empty with generateName.",
    example: "web-0",
  },
  "pod-uid": {
    on: "Logical_Switch_Port",
    meaning: "UID of the pod that holds the port. It is empty while the port is a reservation.",
    example: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10",
  },
  network: { on: "Logical_Switch_Port", meaning: "Name of the network that the pod asked for.", example: "blue" },
  interface: { on: "Logical_Switch_Port, NAT", meaning: "Name of the interface in the pod.", example: "net1" },
  revision: {
    on: "Logical_Switch_Port",
    meaning:
      "On a port that was plugged into a pod: the revision of the pod's result that first names the port. On another port: the highest " +
      "revision that the controller has seen of the pod, once one of its ports was released. Without the key it is 0.",
    example: "2",
  },
  retaken: {
    on: "Logical_Switch_Port",
    meaning:
      "`true` on a plugged port that took the place and the name of what an earlier attempt of the same change had reserved. Either attempt " +
      "may have been answered, so that only the controller deletes the port.",
    example: "true",
  },
  "reserved-at": {
    on: "Logical_Switch_Port",
    meaning: "The time when the port was reserved (RFC 3339). It is for people; no decision reads it.",
    example: "2026-11-24T15:30:47.123Z",
  },
  cluster: {
    on: "any",
    meaning: "UID of the namespace kube-system of the cluster that the row belongs to.",
    example: "5f0c7a52-3e0f-4b57-8f6d-0d1f6f3f0a11",
  },
  row: {
    on: "any",
    meaning:
      "The id of the row: `topology`, the UID of a Network, `chains/` and that of a chain, or `policies`, then a name. Ports of pods have none.",
    example: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10/switch",
  },
  "forwards-for": {
    on: "Logical_Switch_Port",
    meaning:
      "UID of the NetworkChaining whose function the pod is. Such a port may send and get packets with addresses of others: " +
      "its `port_security` is the MAC alone.",
    example: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10",
  },
  tap: {
    on: "Logical_Switch_Port",
    meaning:
      "`true` on the port of an interface that only receives what Taps copy. It is disabled: OVN lets nothing into it or out of it.",
    example: "true",
  },
  claim: {
    on: "Logical_Switch_Port",
    meaning:
      "Name of the IPAMClaim for which the port holds its addresses. With an allocation the port is a pod's. Without one the row " +
      "only keeps the addresses until a pod takes them over or the claim is deleted.",
    example: "db-0.blue.net1",
  },
  "claim-fresh": {
    on: "Logical_Switch_Port",
    meaning:
      "`true` when the allocation gave the claim its first addresses: a reservation with it is deleted like any other. `told` when only " +
      "the claim's object named the addresses: a reservation that loses them to somebody else leaves nothing. Any other port goes back " +
      "to a row that keeps the addresses.",
    example: "true",
  },
  "claim-network": {
    on: "Logical_Switch_Port",
    meaning:
      "The name that the IPAMClaim of the port must say in `spec.network`: that of the network, or of the configuration in the definition " +
      "that the pod selected.",
    example: "blue",
  },
  machine: {
    on: "Logical_Switch_Port",
    meaning:
      "UID of the virtual machine that runs in the pod, on a port with a claim. Another pod of the same machine may stand beside it " +
      "while the machine migrates.",
    example: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10",
  },
  "waits-with": {
    on: "Logical_Switch_Port",
    meaning:
      "The addresses of a port that waits while a virtual machine migrates: another pod of the machine has them. Such a port is " +
      "disabled, and OVN knows no address of it.",
    example: "0a:58:0a:0a:00:07 10.10.0.7",
  },
  sticky: {
    on: "Logical_Switch_Port",
    meaning:
      "The replica of a StatefulSet for which the claim of the port is made, in JSON. The controller makes the IPAMClaim of it, owned by " +
      "the set, when there is none. A row that keeps the addresses has it from the port.",
    example:
      '{"set":"db","uid":"0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10","network":"blue","interface":"net1","whenScaled":"Retain"}',
  },
  members: {
    on: "Port_Group",
    meaning:
      "The selector of a network policy whose ports the group has, in JSON: the network, the namespaces and the pods. A " +
      "webhook puts a new port into its groups by it.",
    example: '{"network":"blue","namespace":"default","pods":{"matchLabels":{"app":"db"}}}',
  },
  groups: {
    on: "Port_Group",
    meaning:
      "On one group without ports: a hash of the names of all groups of the cluster. The transaction of an allocation " +
      "waits for the value that the webhook knows.",
    example: "3f0b2c9a41d7e65f8c21",
  },
  policy: {
    on: "ACL",
    meaning:
      "The MultiNetworkPolicy whose rule the ACL is, as namespace/name; of an ACL that isolates the policies that do, with " +
      "commas between. It is for people.",
    example: "default/allow-web",
  },
  "adopted-by": {
    on: "Logical_Switch",
    meaning: "UID of the Network that shares this switch of somebody else. Only the keys on it are ours.",
    example: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10",
  },
  "before-adoption": {
    on: "Logical_Switch",
    meaning:
      "The keys of ours that the switch had before a Network adopted it and wrote others, in JSON; `null` for a key that it " +
      "had not. They are put back when the Network goes.",
    example: '{"allowed-namespaces":"default","namespace-selector":null}',
  },
  "adoptable-by": {
    on: "Logical_Switch",
    meaning:
      "Namespaces whose Network may adopt this switch: a comma list, or `*`. The maker of the switch writes it. Without " +
      "the key no Network may.",
    example: "telco",
  },
  "namespace-selector": {
    on: "Logical_Switch, Logical_Router",
    meaning:
      "The namespaces that may ask for the switch, or for floating addresses of the gateway, when their labels decide, in JSON. " +
      "The webhook reads it beside `allowed-namespaces`.",
    example: '{"names":["default"],"selector":{"matchLabels":{"team":"blue"}}}',
  },
  "allowed-namespaces": {
    on: "Logical_Switch, Logical_Router",
    meaning:
      "Namespaces whose pods may ask for this switch, or for floating addresses of this gateway: a comma list, or `*`. Without " +
      "the key none may.",
    example: "default,telco",
  },
  port: {
    on: "NAT",
    meaning: "Name of the port to which the address of a FloatingIP leads. The rule is removed together with the port.",
    example: "01KDGX3V9ZJ4T1C3R6Y8M2N5QW-net1",
  },
  uplink: {
    on: "any",
    meaning:
      "Name of an Uplink. On a switch: the one by which the network leaves. On a router: the one whose gateway it is. On a NAT " +
      "rule: the one whose floating address it is about.",
    example: "west",
  },
  "provider-network": {
    on: "Logical_Router",
    meaning: "Name of the ProviderNetwork on whose switch the gateway of an Uplink has a port.",
    example: "wan",
  },
  "floating-addresses": {
    on: "Logical_Router",
    meaning: "The floating addresses that the gateway of an Uplink hands out, written as `exclude-ips`.",
    example: "198.51.100.20..198.51.100.99",
  },
  "floating-address": {
    on: "Address_Set",
    meaning: "The floating address that a FloatingIP keeps, also while it has no pod. OVN does not use the row.",
    example: "198.51.100.20",
  },
  "floating-limit": {
    on: "Logical_Router",
    meaning:
      "The most floating addresses of the gateway that one namespace may have. Without the key there is no limit.",
    example: "4",
  },
  subnets: {
    on: "Logical_Switch",
    meaning:
      "The subnets from which addresses are handed out, of both families: a comma list of CIDRs. It wins over other_config. " +
      "`none`: pods get a MAC address only, and whoever is on the wire gives them others.",
    example: "10.10.0.0/24,fd10::/64",
  },
  "physical-network": {
    on: "Logical_Switch",
    meaning:
      "The wire that the switch of a ProviderNetwork leads to: its name in `ovn-bridge-mappings`. Pods that join go to nodes " +
      "that carry it.",
    example: "ovn4nfv-eth1",
  },
  "exclude-ips": {
    on: "Logical_Switch",
    meaning: "Addresses that are never handed out, written as in other_config:exclude_ips, or as CIDRs.",
    example: "10.10.0.2..10.10.0.9 10.10.0.64/28",
  },
  pools: {
    on: "Logical_Switch",
    meaning:
      "The pools of the network in JSON: the name of each, its addresses written as `exclude-ips`, and the namespaces that may " +
      "choose it, when not all may. Their addresses go only to pods that choose the pool.",
    example: '[{"name":"front","range":"10.10.0.64..10.10.0.127 fd10::40..fd10::7f"}]',
  },
  gateways: {
    on: "Logical_Switch",
    meaning:
      "The gateways of the subnets that have one: a comma list. Without the key Nodus' `gateway_ip` counts, else the " +
      "address of a router port.",
    example: "10.10.0.1,fd10::1",
  },
  mtu: {
    on: "Logical_Switch",
    meaning:
      "MTU of the pods' interfaces in bytes: 576 or more, with an IPv6 subnet 1280 or more. A node whose tunnels carry " +
      "less makes it smaller.",
    example: "1400",
  },
  dns: {
    on: "Logical_Switch",
    meaning: "DNS settings of the CNI result in JSON, with its fields: `nameservers`, `domain`, `search`, `options`.",
    example: '{"nameservers":["10.10.0.53"],"search":["example.org"]}',
  },
  routes: {
    on: "Logical_Switch",
    meaning:
      "Routes of the interfaces of the network in JSON. The default route, and a route to the only subnet of a family, are " +
      "refused. A pod has each destination once: the route of its request, else that of the first interface, and no " +
      "route to a subnet that it is in. The gateways of these routes are given only to pods that ask for them.",
    example: '[{"dst":"192.0.2.0/24","gw":"10.10.0.1"}]',
  },
  "allowed-prefixes": {
    on: "Logical_Switch",
    meaning:
      "Addresses and prefixes that pods may ask to send from besides their own addresses, with blanks or commas between. " +
      "They are not handed out.",
    example: "10.10.0.192/28 fd10::c0/124",
  },
  "allowed-addresses": {
    on: "Logical_Switch_Port",
    meaning: "The addresses and prefixes in `port_security` that the port does not hold: several pods may have them.",
    example: "10.10.0.200",
  },
  "port-security": {
    on: "any",
    meaning:
      "On a switch: what OVN filters of what pods send: `full` (by MAC and addresses, the default), `mac` (by MAC) or `off`. It " +
      "holds for pods that are created afterwards. On a port: what it was when the port was made, unless that was `full`.",
    example: "mac",
  },
  "networks-ready": {
    on: "Logical_Switch",
    meaning:
      "`true` when pods that join are to be Ready only while their interfaces are up. It holds for pods that are created " +
      "afterwards.",
    example: "true",
  },
  dhcp: {
    on: "Logical_Switch",
    meaning:
      "`true` when guests behind the interfaces of pods get their addresses by DHCP. A row of DHCP_Options for each subnet " +
      "belongs to it. It holds for pods that are created afterwards.",
    example: "true",
  },
  "mac-prefix": {
    on: "Logical_Switch",
    meaning: "The first bytes of automatic MAC addresses: 1 to 5 bytes, not multicast.",
    example: "0a:58",
  },
  fence: {
    on: "NB_Global",
    meaning:
      "The key is followed by `-` and the name of a webhook replica. The value is its current fence number. A replica takes " +
      "the key away when it has drained. The controller removes the key of a replica that was killed.",
    example: "k8s.plugin.opnfv.org/fence-webhook-7d4b9-1f2e3d4c=281474976710657",
  },
} as const satisfies Record<string, ExternalIdEntry>;

export type ExternalIdName = keyof typeof externalIdEntries;

/** The full key in `external_ids`, for example `k8s.plugin.opnfv.org/allocation`. */
export function externalId(name: ExternalIdName): string {
  return prefix + name;
}

/** True for every key of ours, also of one that a newer version writes. */
export function isOwnKey(key: string): boolean {
  return key.startsWith(prefix);
}

/** The latest format of rows that this version reads and writes. A row of this format carries no key. */
const knownFormat = 1;

/** True when a newer version has written the row in a format that this one does not know, so that it must be left alone. */
export function hasNewerFormat(externalIds: ReadonlyMap<string, string>): boolean {
  const format = externalIds.get(externalId("format"));
  return format !== undefined && !(Number(format) <= knownFormat);
}

/** The key under which one webhook replica keeps its fence number in NB_Global. */
export function fenceKey(replica: string): string {
  return `${externalId("fence")}-${replica}`;
}

/** The value of `owner` on every row that we make. */
export const ownerValue = "ovn4nfv";

/** The key in which Nodus keeps the gateway and mask of a switch. It is read when our own key is absent. */
export const nodusGatewayKey = "gateway_ip";
