import { mutate, type Operation } from "ovsdb-client";
import { waitHeld, type PortHold } from "../claims/held-port.ts";
import { logicalSwitch } from "../nb-tables.ts";

/** The reservation of an earlier attempt, as it was read. Another row takes its place, and its name. */
export interface ReplacedPort extends PortHold {
  readonly name: string;
  readonly switchUuid: string;
}

/** Deletes the reservation, for a row of the same name in the same transaction. The transaction fails when it is bound or gone. */
export function takePlace(port: ReplacedPort): Operation[] {
  return [
    waitHeld(port),
    mutate(logicalSwitch, [["_uuid", "==", port.switchUuid]], [["ports", "delete", [port.uuid]]]),
  ];
}
