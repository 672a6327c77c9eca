// The tables and columns of OVN_Northbound that a process monitors, as data. Columns that nobody reads are left out,
// since each costs memory for every row. See ovn-nb(5).
import { column, table } from "ovsdb-client";
import { externalId } from "./external-ids.ts";
import { multicastKeys } from "./multicast.ts";

const text = column.string();
const stringMap = column.map(text, text);

export const logicalSwitch = table("Logical_Switch", {
  name: text,
  ports: column.bigSet(column.uuid()),
  other_config: column.map(text, text, {
    keep: ["subnet", "ipv6_prefix", "exclude_ips", "vlan-passthru", ...multicastKeys],
  }),
  external_ids: stringMap,
});

export const logicalSwitchPort = table("Logical_Switch_Port", {
  name: text,
  type: text,
  enabled: column.writeOnly(column.optional(column.boolean())),
  addresses: column.set(text),
  dhcpv4_options: column.writeOnly(column.optional(column.uuid())),
  dhcpv6_options: column.writeOnly(column.optional(column.uuid())),
  dynamic_addresses: column.optional(text),
  port_security: column.set(text),
  options: column.map(text, text, { keep: ["router-port", "virtual-ip"] }),
  external_ids: column.map(text, text, {
    keep: [
      externalId("owner"),
      externalId("allocation"),
      externalId("namespace"),
      externalId("pod"),
      externalId("pod-uid"),
      externalId("cluster"),
      externalId("revision"),
      externalId("retaken"),
      externalId("allowed-addresses"),
      externalId("claim"),
      externalId("claim-fresh"),
      externalId("claim-network"),
      externalId("machine"),
      externalId("waits-with"),
      externalId("sticky"),
    ],
  }),
});

export const logicalRouterPort = table("Logical_Router_Port", {
  name: text,
  mac: text,
  networks: column.set(text),
});

/** The port groups without their ports, of which there may be as many as ports. A port is put into them without reading them. */
export const allocationGroup = table("Port_Group", {
  name: text,
  ports: column.writeOnly(column.set(column.uuid())),
  external_ids: stringMap,
});

/** The keys that tell whose floating address a row is about. */
const floatingKeys = column.map(text, text, {
  keep: [
    externalId("owner"),
    externalId("cluster"),
    externalId("row"),
    externalId("allocation"),
    externalId("namespace"),
    externalId("interface"),
    externalId("uplink"),
    externalId("port"),
    externalId("floating-address"),
  ],
});

export const nat = table("NAT", {
  type: column.writeOnly(text),
  external_ip: text,
  external_mac: column.optional(text),
  logical_ip: text,
  logical_port: column.optional(text),
  external_ids: floatingKeys,
});

/** Routers, as those see them who hand out floating addresses. */
export const gatewayRouter = table("Logical_Router", {
  nat: column.writeOnly(column.set(column.uuid())),
  external_ids: stringMap,
});

/**
 * FloatingIPs and Services keep their addresses outside by such rows, since they may have no pods, and so no rule. The addresses of
 * the row are not read.
 */
export const floatingHold = table("Address_Set", { external_ids: floatingKeys });

/** The answers to DHCP requests of guests, one row for each subnet of a network that gives them. */
export const dhcpOptions = table("DHCP_Options", { cidr: text, options: stringMap, external_ids: stringMap });

export const loadBalancer = table("Load_Balancer", {
  name: text,
  vips: column.map(text, text),
  external_ids: column.map(text, text, { keep: [externalId("owner"), externalId("row")] }),
});

export const nbGlobal = table("NB_Global", { external_ids: stringMap });

/** The tables that an allocator reads. */
export const allocationTables = [
  logicalSwitch,
  logicalSwitchPort,
  logicalRouterPort,
  nat,
  loadBalancer,
  allocationGroup,
  gatewayRouter,
  floatingHold,
  dhcpOptions,
  nbGlobal,
] as const;
