// The operations on rows that keep the addresses of IPAMClaims. The name of such a row says its claim, and NB has a unique index
// on names, so that a claim is never kept by two rows.
import { insert, mutate, namedUuid, type Operation, wait } from "ovsdb-client";
import { externalId, ownerValue } from "../external-ids.ts";
import { logicalSwitch, logicalSwitchPort } from "../nb-tables.ts";
import type { ClaimName } from "./port-claim.ts";
import { stickyIds, type StickyMark } from "./sticky-mark.ts";

/** The addresses of a claim, and where they are to be kept. */
export interface KeptClaim {
  readonly claim: ClaimName;
  readonly switchUuid: string;
  readonly network: string;
  /** The name that the object must say in `spec.network`; undefined when nobody knows it. */
  readonly configName?: string | undefined;
  /** `<mac> <ip>...` */
  readonly addresses: string;
  /** The replica of a StatefulSet whose claim it is; undefined for a claim that somebody else makes. */
  readonly sticky?: StickyMark | undefined;
}

/** A row that keeps a claim, as it was read. */
export interface KeptRow {
  readonly uuid: string;
  readonly switchUuid: string;
  readonly claim: ClaimName;
}

/** The name of the row that keeps a claim. No port of a pod has a colon there. */
export function keptName({ cluster, namespace, name }: ClaimName): string {
  return `claim:${cluster}:${namespace}/${name}`;
}

/** Inserts the row that keeps a claim. It fails by its name when the claim is kept already. */
export function insertKept(
  { claim, switchUuid, network, configName, addresses, sticky }: KeptClaim,
  uuidName: string,
): Operation[] {
  const external_ids = {
    ...idsOf(claim),
    [externalId("network")]: network,
    ...(configName === undefined ? {} : { [externalId("claim-network")]: configName }),
    ...(sticky === undefined ? {} : stickyIds(sticky)),
  };
  return [
    insert(logicalSwitchPort, { name: keptName(claim), addresses: [addresses], external_ids }, uuidName),
    mutate(logicalSwitch, [["_uuid", "==", switchUuid]], [["ports", "insert", [namedUuid(uuidName)]]]),
  ];
}

/** Deletes the row, for a pod that takes the addresses over or because the claim is gone. The transaction fails when the row is gone. */
export function takeKept({ uuid, switchUuid, claim }: KeptRow): Operation[] {
  return [
    wait(logicalSwitchPort, {
      where: [
        ["_uuid", "==", uuid],
        // The port of a pod has the claim as well, and another name.
        ["name", "==", keptName(claim)],
      ],
      columns: ["name"],
      until: "!=",
      rows: [],
      timeoutMs: 0,
    }),
    mutate(logicalSwitch, [["_uuid", "==", switchUuid]], [["ports", "delete", [uuid]]]),
  ];
}

/** Makes the transaction fail when a port of a pod, or a row that keeps it, has the claim. */
export function waitUnclaimed(claim: ClaimName): Operation {
  return wait(logicalSwitchPort, {
    where: [["external_ids", "includes", idsOf(claim)]],
    columns: ["name"],
    until: "==",
    rows: [],
    timeoutMs: 0,
  });
}

function idsOf({ cluster, namespace, name }: ClaimName): Record<string, string> {
  return {
    [externalId("owner")]: ownerValue,
    [externalId("namespace")]: namespace,
    [externalId("claim")]: name,
    [externalId("cluster")]: cluster,
  };
}
