import type { Row } from "ovsdb-client";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { controllerPort } from "./controller-tables.ts";

type PortRow = Row<typeof controllerPort>;

/** A port of a pod of this cluster, as NB has it. Only we write its owner, so that no pod can claim the port of another. */
export interface BoundRow {
  readonly uuid: string;
  readonly podUid: string;
  readonly row: PortRow;
}

/** The UID of the pod of this cluster to which a port is bound; undefined for a reservation, and for a port of anybody else. */
export function boundPod(externalIds: ReadonlyMap<string, string>, cluster: string): string | undefined {
  const owner = portOwner(externalIds);
  return owner?.cluster === cluster ? owner.podUid || undefined : undefined;
}

/** Gives those of the ports, by UUID, that are bound to pods of this cluster. `rows` has all ports of NB. */
export function* boundRows(
  uuids: Iterable<string>,
  rows: ReadonlyMap<string, PortRow>,
  cluster: string,
): Generator<BoundRow> {
  for (const uuid of uuids) {
    const row = rows.get(uuid);
    const podUid = row && boundPod(row.external_ids, cluster);
    if (row !== undefined && podUid !== undefined) yield { uuid, podUid, row };
  }
}
