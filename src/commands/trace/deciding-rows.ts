// The rows of NB that decide about packets, and the routers to which they belong.
import type { Row, TableSpec } from "ovsdb-client";
import {
  acl,
  logicalRouter,
  routerPolicy,
  serviceBalancer,
  staticRoute,
  topologyNat,
  topologyRouterPort,
} from "#src/ovn/owned/topology-tables.ts";

/** The tables whose rows become logical flows that the words of a trace tell. */
const flowTables = [routerPolicy, staticRoute, topologyNat, serviceBalancer, acl] as const;

/** A row of NB that decided about the packet. */
export interface DecidingRow {
  readonly table: string;
  readonly uuid: string;
  readonly row: Row;
  readonly ids: ReadonlyMap<string, string>;
}

interface Rows {
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>>;
}

/** The rows that become flows, by the first eight digits of their UUID: flows name the row that they come from by these. */
export function decidingRows(nb: Rows): ReadonlyMap<string, DecidingRow> {
  const found = new Map<string, DecidingRow>();
  for (const spec of flowTables as readonly TableSpec[]) {
    for (const [uuid, row] of nb.rows(spec)) {
      const ids = row["external_ids"] as ReadonlyMap<string, string>;
      found.set(uuid.slice(0, hintLength), { table: spec.name, uuid, row, ids });
    }
  }
  return found;
}

const hintLength = 8;

/** The routers by name, with what they are of. */
export function routerIds(nb: Rows): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map([...nb.rows(logicalRouter).values()].map(({ name, external_ids: ids }) => [name, ids]));
}

/** The names of routers by those of their ports. */
export function routersOfPorts(nb: Rows): ReadonlyMap<string, string> {
  const ports = nb.rows(topologyRouterPort);
  const found = new Map<string, string>();
  for (const router of nb.rows(logicalRouter).values()) {
    for (const uuid of router.ports) {
      const port = ports.get(uuid);
      if (port !== undefined) found.set(port.name, router.name);
    }
  }
  return found;
}
