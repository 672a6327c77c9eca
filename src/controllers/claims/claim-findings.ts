import { keptName } from "#src/ovn/claims/claim-operations.ts";
import type { ClaimObject } from "./claim-object.ts";
import type { ClaimRow, HeldClaim } from "./claim-rows.ts";

/** One case in which IPAMClaims and NB do not agree. */
export interface ClaimFinding {
  readonly problem: "kept without claim" | "claim without row" | "claim held twice" | "address of a claim shared";
  readonly allocation: string;
  readonly namespace: string;
  /** The pod that has the claim; empty while none has. */
  readonly pod: string;
  /** Names of the rows that the claim has, or should have. */
  readonly ports: readonly string[];
}

/**
 * Finds what is kept for nobody, what a claim has lost, and what two hold. A row without a claim is freed after the lease, and is found
 * until then.
 */
export function claimFindings(
  held: readonly HeldClaim[],
  objects: readonly ClaimObject[],
  cluster: string,
): readonly ClaimFinding[] {
  const byKey = new Map(objects.map((object) => [`${object.namespace}/${object.name}`, object]));
  const found = held.flatMap(({ namespace, name, rows }): readonly ClaimFinding[] => {
    const problem = problemOf(rows, byKey.get(`${namespace}/${name}`));
    if (problem === undefined) return [];
    const pod = rows.find((row) => row.pod !== undefined)?.pod?.name ?? "";
    return [{ problem, allocation: "", namespace, pod, ports: rows.map(({ port }) => port) }];
  });
  const withRows = new Set(
    held.flatMap(({ namespace, name, rows }) => (rows.length > 0 ? [`${namespace}/${name}`] : [])),
  );
  const lost = objects
    .filter((object) => hasAddresses(object) && !withRows.has(`${object.namespace}/${object.name}`))
    .map(({ namespace, name }): ClaimFinding => {
      const ports = [keptName({ cluster, namespace, name })];
      return { problem: "claim without row", allocation: "", namespace, pod: "", ports };
    });
  return [...found, ...lost];
}

function problemOf(rows: readonly ClaimRow[], object: ClaimObject | undefined): ClaimFinding["problem"] | undefined {
  // The port of the pod to which a virtual machine migrates waits beside the other one.
  if (rows.filter(({ waits }) => !waits).length > 1) return "claim held twice";
  if (rows.some(({ clash }) => clash !== undefined)) return "address of a claim shared";
  // The port of a pod that named a claim which never came is the pod's.
  return object === undefined && rows.some(({ pod }) => pod === undefined) ? "kept without claim" : undefined;
}

/** True for a claim that was told of addresses of ours, and is not on its way out. */
export function hasAddresses({ claim, isFinalized, deleting }: ClaimObject): boolean {
  return isFinalized && !deleting && claim.kept !== undefined && (claim.status?.ips ?? []).length > 0;
}
