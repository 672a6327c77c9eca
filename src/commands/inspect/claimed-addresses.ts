// Tells in the lines of `ovn4nfv addresses` which claims and rows have lost each other.
import { hasAddresses } from "#src/controllers/claims/claim-findings.ts";
import type { ClaimObject } from "#src/controllers/claims/claim-object.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { keptName } from "#src/ovn/claims/claim-operations.ts";
import type { HeldAddress } from "./address-holders.ts";

/** The IPAMClaims of the cluster that was asked. */
export interface StoredClaimObjects {
  /** UID of its kube-system. */
  readonly cluster: string;
  readonly objects: readonly ClaimObject[];
}

/** Marks the addresses that are kept for a claim which does not exist. Addresses of other clusters stay as they are. */
export function markOrphans(
  held: readonly HeldAddress[],
  { cluster, objects }: StoredClaimObjects,
): readonly HeldAddress[] {
  const known = new Set(objects.map(({ namespace, name }) => keptName({ cluster, namespace, name })));
  return held.map((line) => {
    const isOwn = line.kind === "IPAMClaim" && line.port?.startsWith(`claim:${cluster}:`) === true;
    if (!isOwn || known.has(line.port)) return line;
    return { ...line, owner: `${line.owner ?? ""} (no such claim)` };
  });
}

/** The addresses of claims for which NB has no row: nothing but the controller and recovered addresses keep them from others. */
export function lostAddresses(
  { objects }: StoredClaimObjects,
  hasRows: (namespace: string, name: string) => boolean,
): readonly HeldAddress[] {
  return objects.flatMap((object): readonly HeldAddress[] => {
    const { namespace, name } = object;
    const { kept, status } = object.claim;
    if (kept === undefined || !hasAddresses(object) || hasRows(namespace, name)) return [];
    return (status?.ips ?? []).map((text) => {
      const ip = parseIp(text.replace(/\/.*$/, ""));
      const address = ip === undefined ? text : printIp(ip);
      const owner = `${namespace}/${name} (its row is lost)`;
      return { network: kept.network, address, macs: [kept.mac], port: undefined, kind: "IPAMClaim", owner };
    });
  });
}
