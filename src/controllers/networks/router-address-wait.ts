import { type Operation, wait } from "ovsdb-client";
import { type AddressInPrefix, printInPrefix } from "#src/net/cidr.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import type { FoundSwitch } from "./network-view.ts";

/**
 * Makes the transaction that gives the router's port new addresses fail when ports of the switch have come or gone since they were
 * compared with them. A pod whose port comes after the transaction sees the router's port, and takes another address. Empty where
 * the port has its addresses already.
 */
export function routerAddressWait(
  { uuid, row }: FoundSwitch,
  { rows }: OwnedRows,
  routerPortId: string,
  addresses: readonly AddressInPrefix[],
): readonly Operation[] {
  const before = new Set(rows.get(routerPortId)?.row["networks"] as Iterable<string> | undefined);
  if (addresses.every((address) => before.has(printInPrefix(address)))) return [];
  const ports = [{ ports: [...row.ports] }];
  return [
    wait(logicalSwitch, {
      where: [["_uuid", "==", uuid]],
      columns: ["ports"],
      until: "==",
      rows: ports,
      timeoutMs: 0,
    }),
  ];
}
