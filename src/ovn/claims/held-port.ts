// The `wait` of a transaction that changes a port: it fails when the port has another holder than the one that was read.
import { type Operation, wait, type Where } from "ovsdb-client";
import { externalId, ownerValue } from "../external-ids.ts";
import { logicalSwitchPort } from "../nb-tables.ts";

/** A port as it was read, with the allocation that it belongs to, and the pod ("" = none yet). */
export interface PortHold {
  readonly uuid: string;
  readonly allocation: string;
  readonly podUid: string;
}

/** Matches the port while it is held as it was read. */
export function heldBy({ uuid, allocation, podUid }: PortHold): Where<typeof logicalSwitchPort> {
  const ids = {
    [externalId("owner")]: ownerValue,
    [externalId("allocation")]: allocation,
    [externalId("pod-uid")]: podUid,
  };
  return [
    ["_uuid", "==", uuid],
    ["external_ids", "includes", ids],
  ];
}

/** Makes a transaction fail unless the port is held as it was read. */
export function waitHeld(held: PortHold): Operation {
  return wait(logicalSwitchPort, {
    where: heldBy(held),
    columns: ["external_ids"],
    until: "!=",
    rows: [],
    timeoutMs: 0,
  });
}
