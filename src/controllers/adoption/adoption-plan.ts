// Plans an adoption after a cluster was built anew beside its old NB: finds the objects of the new cluster to which
// the rows of the old one belong. Pure.
import type { Operation, TableSpec } from "ovsdb-client";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { TokenVerdict } from "#src/tokens/pod-token.ts";
import { keptName } from "#src/ovn/claims/claim-operations.ts";
import { switchRowId } from "#src/ovn/rows/network-rows.ts";
import { renameRow, type RowMarks, rewriteMarks } from "#src/ovn/owned/row-adoption.ts";

/** A row with our owner and the UID of the old cluster. */
export interface OldRow {
  readonly table: TableSpec;
  readonly uuid: string;
  /** The name of the row, or its id when it has no name. */
  readonly name: string;
  readonly marks: RowMarks & { readonly cluster: string };
  /** The namespace of the pod; empty for a row that is no pod's port. */
  readonly namespace: string;
}

export interface AdoptablePod {
  readonly pod: PodMetadata;
  readonly allocation: string;
  readonly token: TokenVerdict;
}

/** A Network of the new cluster. */
export interface NewNetwork {
  readonly name: string;
  readonly uid: string;
}

export interface AdoptionInput {
  readonly rows: readonly OldRow[];
  readonly holders: readonly AdoptablePod[];
  readonly networks: readonly NewNetwork[];
  /** UID of kube-system in the new cluster. */
  readonly cluster: string;
  /** The scope of the rows that NB has once. */
  readonly topologyScope: string;
}

/** Rows that are adopted together: the ports of an allocation, the rows of a Network, or the topology. */
export interface AdoptionGroup {
  readonly verdict: "adoptable" | "no pod" | "no network" | "duplicate" | Exclude<TokenVerdict, "valid">;
  readonly allocation: string;
  readonly namespace: string;
  readonly pod: string;
  readonly rows: readonly string[];
  /** Operations on the rows, each of which must count 1. Empty unless the group is adoptable. */
  readonly operations: readonly Operation[];
}

/**
 * Ports go to the pod that carries their allocation and a token for it, and get its new UID. Rows of a Network go to
 * the only Network that has the name of their switch. A row stays as it is when its owner is in doubt.
 */
export function planAdoption(input: AdoptionInput): readonly AdoptionGroup[] {
  const ports = input.rows.filter(({ marks }) => marks.allocation !== undefined);
  const kept = input.rows.filter(({ marks }) => marks.claim !== undefined);
  const others = input.rows.filter(({ marks }) => marks.allocation === undefined && marks.claim === undefined);
  const byAllocation = Map.groupBy(ports, ({ marks }) => marks.allocation ?? "");
  const byScope = Map.groupBy(others, ({ marks }) => (marks.row ?? "").split("/")[0] ?? "");
  return [
    ...[...byScope].map(([scope, rows]) => scopeGroup(scope, rows, input)),
    ...[...byAllocation].map(([allocation, rows]) => allocationGroup(allocation, rows, input)),
    ...kept.map((row) => claimGroup(row, input)),
  ];
}

function allocationGroup(allocation: string, rows: readonly OldRow[], { holders, cluster }: AdoptionInput) {
  const candidates = holders.filter((each) => {
    return each.allocation === allocation && rows.every(({ namespace }) => namespace === each.pod.metadata.namespace);
  });
  const valid = candidates.filter(({ token }) => token === "valid");
  const same = valid.find(({ pod }) => rows.some(({ marks }) => marks["pod-uid"] === pod.metadata.uid));
  const holder = same ?? (valid.length === 1 ? valid[0] : undefined);
  const { name = rows[0]?.marks.pod ?? "", uid = "" } = holder?.pod.metadata ?? {};
  const base = { allocation, namespace: rows[0]?.namespace ?? "", pod: name, rows: rows.map((row) => row.name) };
  if (holder === undefined) {
    const token = candidates[0]?.token;
    const verdict = valid.length > 1 ? "duplicate" : token === undefined || token === "valid" ? "no pod" : token;
    return { ...base, verdict, operations: [] } satisfies AdoptionGroup;
  }
  const wanted: RowMarks = { cluster, pod: name, "pod-uid": uid };
  return { ...base, verdict: "adoptable", operations: rows.map((row) => rewrite(row, wanted)) } satisfies AdoptionGroup;
}

/** The name of the row says the cluster as well. The controller of the new one frees it when there is no claim of this name. */
function claimGroup(row: OldRow, { cluster }: AdoptionInput): AdoptionGroup {
  const base = { allocation: "", namespace: row.namespace, pod: "", rows: [row.name] };
  const name = keptName({ cluster, namespace: row.namespace, name: row.marks.claim ?? "" });
  const renamed = renameRow(row.table, row.uuid, row.marks, name);
  return { ...base, verdict: "adoptable", operations: [renamed, rewrite(row, { cluster })] };
}

function scopeGroup(scope: string, rows: readonly OldRow[], input: AdoptionInput): AdoptionGroup {
  const { cluster, networks, topologyScope } = input;
  const base = { allocation: "", namespace: "", pod: "", rows: rows.map(({ name }) => name) };
  const switchName = rows.find(({ marks }) => marks.row === switchRowId(scope))?.name;
  const named = networks.filter(({ name }) => name === switchName);
  const target = scope === topologyScope ? scope : named.length === 1 ? named[0]?.uid : undefined;
  if (target === undefined) {
    return { ...base, verdict: named.length > 1 ? "duplicate" : "no network", operations: [] };
  }
  const moved = (id = "") => `${target}${id.slice(scope.length)}`;
  const operations = rows.map((row) => rewrite(row, { cluster, row: moved(row.marks.row) }));
  return { ...base, verdict: "adoptable", operations };
}

function rewrite({ table, uuid, marks }: OldRow, wanted: RowMarks): Operation {
  return rewriteMarks(table, uuid, marks, wanted);
}
