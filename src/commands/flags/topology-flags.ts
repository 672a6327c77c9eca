import type { FlagTable } from "#src/core/config.ts";

const commands = ["controller"] as const;
const group = "Topology";

/** The flags of our router and gateway, and of the way on which traffic leaves the networks. */
export const topologyFlags = {
  joinSubnets: {
    flag: "join-subnets",
    type: "list",
    placeholder: "cidr",
    default: "100.64.0.0/16,fd98::/64",
    group,
    commands,
    help: "Prefixes between router and gateway, one of each family. Their first two addresses are taken.",
  },
  gatewayChassis: {
    flag: "gateway-chassis",
    type: "list",
    placeholder: "system-id",
    default: "",
    group,
    commands,
    help: "Chassis that may carry the gateway's uplink, best first. The next one takes over when one fails. With this flag, labels of nodes do not count.",
  },
  gatewaySelector: {
    flag: "gateway-selector",
    type: "string",
    placeholder: "selector",
    default: "k8s.plugin.opnfv.org/gateway",
    group,
    commands,
    help: "Label selector of the nodes whose chassis may carry the gateway's uplink, in the order of their names.",
  },
  tapTargets: {
    flag: "tap-targets",
    type: "list",
    placeholder: "cidr",
    default: "",
    group,
    commands,
    help: "Prefixes of hosts outside to which Taps may send copies by GRE, from the addresses of the nodes. Without it they send to pods only.",
  },
  uplinkNetwork: {
    flag: "uplink-network",
    type: "string",
    placeholder: "name",
    group,
    commands,
    help: "Physical network of the uplink, as in ovn-bridge-mappings of the chassis. Without it networks have no way out.",
  },
  uplinkAddresses: {
    flag: "uplink-addresses",
    type: "list",
    placeholder: "address/length",
    default: "",
    group,
    commands,
    help: "Addresses of the gateway on the uplink, one of each family. Traffic of networks with snat leaves with them as its source.",
  },
  uplinkNextHops: {
    flag: "uplink-next-hops",
    type: "list",
    placeholder: "address",
    default: "",
    group,
    commands,
    help: "Routers on the uplink, one of each family.",
  },
  chainSubnets: {
    flag: "chain-subnets",
    type: "list",
    placeholder: "cidr",
    default: "",
    group,
    commands,
    help: "Prefixes of the networks that a NetworkChaining names and that nobody has made. Each gets a /24 (IPv4) or a /64 (IPv6), and goes with its chain. Without the flag none is made.",
  },
  usageDelayMs: {
    flag: "usage-delay",
    type: "duration",
    default: "10s",
    group,
    commands,
    help: "Time by which the pool usage in a Network's status may lag behind, so that a burst of pods leads to one write.",
  },
} as const satisfies FlagTable;
