import type { ClaimObject } from "#src/controllers/claims/claim-object.ts";
import type { ClaimRow, HeldClaim } from "#src/controllers/claims/claim-rows.ts";

/** A claim as people see it. */
export interface ClaimLine {
  readonly namespace: string;
  readonly claim: string;
  /** Undefined while the claim has no addresses. */
  readonly network: string | undefined;
  readonly addresses: readonly string[];
  readonly mac: string | undefined;
  readonly state: ClaimState;
  /** The pod that has the addresses. */
  readonly pod: string | undefined;
}

/** `no claim`: NB keeps addresses under a name that no object has. `lost`: an object has addresses that NB does not keep.
 * `migrates`: a second pod of the virtual machine waits for the addresses. */
export type ClaimState =
  | "in use"
  | "reserved"
  | "kept"
  | "going"
  | "no claim"
  | "lost"
  | "no addresses"
  | "migrates"
  | "held twice";

/** Joins what NB has with the objects, which are undefined when nobody could read them, in the order of names. */
export function claimLines(
  held: readonly HeldClaim[],
  objects: readonly ClaimObject[] | undefined,
): readonly ClaimLine[] {
  const byKey = new Map(objects?.map((object) => [`${object.namespace}/${object.name}`, object]));
  const lines = held.map(({ namespace, name, rows }) => {
    const object = byKey.get(`${namespace}/${name}`);
    byKey.delete(`${namespace}/${name}`);
    return lineOf(namespace, name, rows, object, objects !== undefined);
  });
  const others = [...byKey.values()].map((object) => lineOf(object.namespace, object.name, [], object, true));
  return [...lines, ...others].sort((a, b) => a.namespace.localeCompare(b.namespace) || a.claim.localeCompare(b.claim));
}

function lineOf(
  namespace: string,
  claim: string,
  rows: readonly ClaimRow[],
  object: ClaimObject | undefined,
  areObjectsKnown: boolean,
): ClaimLine {
  const row = rows.find(({ pod }) => pod !== undefined) ?? rows[0];
  const { network, mac } = row ?? object?.claim.kept ?? {};
  const addresses = row?.ips ?? object?.claim.status?.ips ?? [];
  const pod = row?.pod?.name || undefined;
  return { namespace, claim, network, addresses, mac, state: stateOf(rows, object, areObjectsKnown), pod };
}

function stateOf(rows: readonly ClaimRow[], object: ClaimObject | undefined, areObjectsKnown: boolean): ClaimState {
  const [row, second, third] = rows;
  if (second?.waits === true && third === undefined) return "migrates";
  if (second !== undefined) return "held twice";
  if (row === undefined) return (object?.claim.status?.ips ?? []).length > 0 ? "lost" : "no addresses";
  if (object === undefined && areObjectsKnown) return "no claim";
  if (object?.deleting === true) return "going";
  if (row.pod === undefined) return "kept";
  return row.pod.uid === "" ? "reserved" : "in use";
}
