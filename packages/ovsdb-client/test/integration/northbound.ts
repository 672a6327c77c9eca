// Tables of the Northbound database that together have every kind of column.
import { insert, type Operation } from "../../src/transaction/operations.ts";
import { column, table } from "../../src/values/table.ts";

const string = column.string();
const strings = column.map(string, string);

export const logicalSwitch = table("Logical_Switch", {
  name: string,
  ports: column.bigSet(column.uuid()),
  qos_rules: column.set(column.uuid()),
  other_config: strings,
  external_ids: strings,
});

export const logicalSwitchPort = table("Logical_Switch_Port", {
  name: string,
  type: string,
  addresses: column.set(string),
  tag: column.optional(column.integer()),
  up: column.optional(column.boolean()),
  enabled: column.optional(column.boolean()),
  options: strings,
  external_ids: strings,
});

export const qos = table("QoS", {
  direction: string,
  priority: column.integer(),
  bandwidth: column.map(string, column.integer()),
  match: string,
});

export const nbGlobal = table("NB_Global", {
  nb_cfg: column.integer(),
  ipsec: column.boolean(),
  external_ids: strings,
});

export const allTables = [logicalSwitch, logicalSwitchPort, qos, nbGlobal] as const;

/** Rows that make the database large, because a server keeps no more history than it has data (ovsdb/transaction.c). */
export function ballast(rows = 40): Operation[] {
  const external_ids = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, "ballast"]));
  return Array.from({ length: rows }, (_, i) => insert(logicalSwitch, { name: `ballast-${i}`, external_ids }));
}
