import { column, table } from "ovsdb-client";
import { externalId } from "../external-ids.ts";
import { dhcpOptions, logicalSwitch as switchOfPorts } from "../nb-tables.ts";

const text = column.string();
const integer = column.integer();
const stringMap = column.map(text, text);

/** The switch table of nb-tables.ts, with the load balancers of Services. */
export const balancedSwitch = table("Logical_Switch", {
  ...switchOfPorts.columns,
  load_balancer_group: column.set(column.uuid()),
});

/** The port table of nb-tables.ts, with the columns that tell our own ports to routers from others. */
export const topologySwitchPort = table("Logical_Switch_Port", {
  name: text,
  type: text,
  addresses: column.set(text),
  dynamic_addresses: column.optional(text),
  tag: column.optional(integer),
  options: column.map(text, text, { keep: ["router-port", "virtual-ip", "network_name", "ethtype"] }),
  external_ids: column.map(text, text, {
    keep: [
      "owner",
      "allocation",
      "namespace",
      "pod",
      "pod-uid",
      "revision",
      "interface",
      "network",
      "cluster",
      "row",
      "forwards-for",
      "allowed-addresses",
      "port-security",
      "interface",
      "tap",
      "claim",
      "claim-fresh",
      "claim-network",
      "machine",
      "waits-with",
      "sticky",
    ].map((name) => externalId(name as Parameters<typeof externalId>[0])),
  }),
});

export const logicalRouter = table("Logical_Router", {
  name: text,
  ports: column.set(column.uuid()),
  static_routes: column.set(column.uuid()),
  policies: column.set(column.uuid()),
  nat: column.set(column.uuid()),
  load_balancer: column.set(column.uuid()),
  load_balancer_group: column.set(column.uuid()),
  external_ids: stringMap,
});

export const topologyRouterPort = table("Logical_Router_Port", {
  name: text,
  mac: text,
  networks: column.set(text),
  ha_chassis_group: column.optional(column.uuid()),
  options: column.map(text, text, { keep: ["route_table"] }),
  ipv6_ra_configs: stringMap,
  external_ids: stringMap,
});

export const staticRoute = table("Logical_Router_Static_Route", {
  ip_prefix: text,
  nexthop: text,
  route_table: text,
  external_ids: stringMap,
});

export const routerPolicy = table("Logical_Router_Policy", {
  priority: integer,
  match: text,
  action: text,
  nexthops: column.set(text),
  external_ids: stringMap,
});

export const topologyNat = table("NAT", {
  type: text,
  external_ip: text,
  external_mac: column.optional(text),
  logical_ip: text,
  logical_port: column.optional(text),
  exempted_ext_ips: column.optional(column.uuid()),
  external_ids: stringMap,
});

/** The ports of a group come and go with pods, so that only controllers of groups read them. */
export const portGroup = table("Port_Group", {
  name: text,
  ports: column.bigSet(column.uuid()),
  acls: column.set(column.uuid()),
  external_ids: stringMap,
});

export const acl = table("ACL", {
  direction: text,
  priority: integer,
  match: text,
  action: text,
  external_ids: stringMap,
});

export const addressSet = table("Address_Set", { name: text, addresses: column.set(text), external_ids: stringMap });

export const haChassisGroup = table("HA_Chassis_Group", {
  name: text,
  ha_chassis: column.set(column.uuid()),
  external_ids: stringMap,
});

export const haChassis = table("HA_Chassis", { chassis_name: text, priority: integer, external_ids: stringMap });

export const serviceBalancer = table("Load_Balancer", {
  name: text,
  vips: column.map(text, text),
  protocol: column.optional(text),
  options: column.map(text, text, { keep: ["reject", "affinity_timeout"] }),
  external_ids: stringMap,
});

/** It has no external ids, so that a group of ours is known by its name. */
export const loadBalancerGroup = table("Load_Balancer_Group", {
  name: text,
  load_balancer: column.set(column.uuid()),
});

/** Tables whose rows are ours when they carry our owner, this cluster and a `row`. */
export const ownedTables = [
  balancedSwitch,
  topologySwitchPort,
  logicalRouter,
  topologyRouterPort,
  staticRoute,
  routerPolicy,
  topologyNat,
  portGroup,
  acl,
  addressSet,
  haChassisGroup,
  haChassis,
  serviceBalancer,
  dhcpOptions,
] as const;
