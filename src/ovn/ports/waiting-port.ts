// A port that waits while a virtual machine migrates. Two pods of the machine have ports with the same addresses, and OVN may know them
// on one port only: the other one is disabled and has none. Its addresses are in external_ids.
import { mutate, type Operation, type Row, update, wait, type Where } from "ovsdb-client";
import { externalId } from "../external-ids.ts";
import { heldBy, type PortHold, waitHeld } from "../claims/held-port.ts";
import { logicalSwitchPort } from "../nb-tables.ts";
import { filterOfPort, type PortFilter, portSecurityOf } from "../port-security.ts";

/** Whether a port of a virtual machine has its addresses or waits with them. */
export interface MachineAddresses {
  readonly addresses: readonly string[];
  readonly waitsWith: string | undefined;
  /** It would wait with these. */
  readonly claimed: string;
}

/** A port of a pod of a virtual machine, as it was read. */
export interface MachinePort extends PortHold {
  readonly asRead: MachineAddresses;
  /** `<mac> <ip>...` */
  readonly addresses: string;
  readonly filter: PortFilter;
}

/** The pod that gets the addresses when another one of the same machine goes. */
export interface Successor {
  readonly port: MachinePort;
  /** True when its port waits. Otherwise it has the addresses already. */
  readonly waits: boolean;
}

/** The columns of a port that waits with these addresses. The key is beside the other keys of the port. */
export function waitingColumns(addresses: string) {
  return {
    columns: { addresses: [] as string[], port_security: [] as string[], enabled: false },
    keys: { [externalId("waits-with")]: addresses },
  };
}

/** The filter of a port of ours, as its keys tell it. */
export function filterOfMachine(ids: ReadonlyMap<string, string>): PortFilter {
  return { ...filterOfPort(ids), forwards: ids.has(externalId("forwards-for")) };
}

/** Reads whether the port of a virtual machine has the claimed addresses, `<mac> <ip>...`, or waits with them. */
export function machineAddresses(
  row: Pick<Row<typeof logicalSwitchPort>, "addresses" | "external_ids">,
  claimed: string,
): MachineAddresses {
  return { addresses: row.addresses, waitsWith: row.external_ids.get(externalId("waits-with")), claimed };
}

/** Writes the addresses with which a port waits into its keys. */
export function markWaiting(where: Where<typeof logicalSwitchPort>, addresses: string): Operation {
  const { keys } = waitingColumns(addresses);
  return mutate(logicalSwitchPort, where, [
    ["external_ids", "delete", Object.keys(keys)],
    ["external_ids", "insert", keys],
  ]);
}

/** Lets the port wait. One that another pod holds by now is not matched (`count` 0). */
function standBack(port: MachinePort): Operation[] {
  const where = heldBy(port);
  const { columns } = waitingColumns(port.addresses);
  return [update(logicalSwitchPort, where, columns), markWaiting(where, port.addresses)];
}

/** Gives the port its addresses. */
function stepIn(port: MachinePort): Operation[] {
  const { addresses, filter } = port;
  const where = heldBy(port);
  return [
    update(logicalSwitchPort, where, {
      addresses: [addresses],
      port_security: portSecurityOf(addresses, filter),
      enabled: undefined,
    }),
    mutate(logicalSwitchPort, where, [["external_ids", "delete", [externalId("waits-with")]]]),
  ];
}

/**
 * Makes a transaction fail when the port has got or lost addresses since it was read: OVN must never know them on both ports. Only what
 * says so is compared, since others may have written keys of their own that nobody here reads.
 */
export function waitUnmoved(uuid: string, { addresses, waitsWith, claimed }: MachineAddresses): Operation {
  const isWaiting = waitsWith === undefined ? "excludes" : "includes";
  return wait(logicalSwitchPort, {
    where: [
      ["_uuid", "==", uuid],
      ["external_ids", isWaiting, { [externalId("waits-with")]: waitsWith ?? claimed }],
    ],
    columns: ["addresses"],
    until: "==",
    rows: [{ addresses }],
    timeoutMs: 0,
  });
}

/**
 * Gives the addresses of a machine to one of its ports, and takes them from the other one in the same transaction. It fails when one of
 * them is held by another pod by now, or has other addresses.
 */
export function moveAddresses(to: MachinePort, from: MachinePort | undefined): Operation[] {
  const both = from === undefined ? [to] : [to, from];
  const waits = both.flatMap((port) => [waitHeld(port), waitUnmoved(port.uuid, port.asRead)]);
  return [...waits, ...(from === undefined ? [] : standBack(from)), ...stepIn(to)];
}

/** Gives the addresses to the pod that is left, in the transaction that deletes the other port. */
export function succeed({ port, waits }: Successor): Operation[] {
  return [waitHeld(port), ...(waits ? stepIn(port) : [])];
}
