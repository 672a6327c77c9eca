import type { Operation, Row, Where } from "ovsdb-client";
import { externalId } from "../external-ids.ts";
import { namespacesIn } from "../switches/network-from-switch.ts";
import { logicalSwitch } from "../nb-tables.ts";
import { includesNamespace } from "../network.ts";
import { type NetworkSettings, switchSettings } from "./network-rows.ts";
import { mergeKeys } from "../owned/owned-rows.ts";
import { adoptionKeys, keysBeforeAdoption } from "./settings-before-adoption.ts";

interface ForeignSwitch {
  readonly uuid: string;
  readonly row: Row<typeof logicalSwitch>;
}

/**
 * Puts our keys on a switch that somebody else made and keeps. The caller has seen that no other Network has the
 * switch; a key of ours that came meanwhile makes the operation count 0.
 */
export function adoptSwitch({ uuid, row }: ForeignSwitch, network: NetworkSettings): readonly Operation[] {
  const kept = adoptionKeys(row.external_ids, network.allowed);
  const wanted = { ...switchSettings(network), ...kept, [externalId("adopted-by")]: network.uid };
  return mergeKeys(logicalSwitch, exceptConsent(row), wanted, stillAsRead(uuid, row));
}

/** Puts the keys of the switch back as its maker wrote them. The switch and all its ports stay. */
export function releaseSwitch({ uuid, row }: ForeignSwitch): readonly Operation[] {
  return mergeKeys(logicalSwitch, exceptConsent(row), keysBeforeAdoption(row.external_ids), stillAsRead(uuid, row));
}

/** The UID of the Network that adopted the switch. */
export function adopterOf(row: Row<typeof logicalSwitch>): string | undefined {
  return row.external_ids.get(externalId("adopted-by"));
}

/** True when the maker of the switch lets Networks of this namespace adopt it. */
export function consentsToAdoption(row: Pick<Row<typeof logicalSwitch>, "external_ids">, namespace: string): boolean {
  return includesNamespace(namespacesIn(row, "adoptable-by"), namespace);
}

/** The key with the consent has our prefix, but it is the maker's word: we never write it or take it off. */
function exceptConsent(row: Row<typeof logicalSwitch>): ReadonlyMap<string, string> {
  return new Map([...row.external_ids].filter(([key]) => key !== externalId("adoptable-by")));
}

function stillAsRead(uuid: string, row: Row<typeof logicalSwitch>): Where<typeof logicalSwitch> {
  return [
    ["_uuid", "==", uuid],
    ["external_ids", "==", row.external_ids],
  ];
}
