// The controllers share one connection to NB. This folder says which tables they read, and passes each change on to
// them.
import { column, table, type TableSpec } from "ovsdb-client";
import { requestedChassis } from "#src/ovn/ports/port-operations.ts";
import { logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import { loadBalancerGroup, ownedTables, topologySwitchPort } from "#src/ovn/owned/topology-tables.ts";

/**
 * The ports with all columns that say whose they are, that we write, and that show a port which is down. The webhook's
 * table has fewer.
 */
export const controllerPort = table("Logical_Switch_Port", {
  ...logicalSwitchPort.columns,
  enabled: column.optional(column.boolean()),
  dhcpv4_options: column.optional(column.uuid()),
  dhcpv6_options: column.optional(column.uuid()),
  up: column.optional(column.boolean()),
  tag: topologySwitchPort.columns.tag,
  options: column.map(column.string(), column.string(), {
    keep: [...(topologySwitchPort.columns.options.keep ?? []), "iface-id-ver", "hostname", requestedChassis],
  }),
  external_ids: topologySwitchPort.columns.external_ids,
});

/** The tables that the controllers read: those of the owned rows, with all columns of ports, and those of the address index. */
export const controllerTables: readonly TableSpec[] = [
  ...ownedTables.map((one) => (one === topologySwitchPort ? controllerPort : one)),
  loadBalancerGroup,
  nbGlobal,
];
