import { isGrouped, readGroupSelector } from "#src/api/policy/group-selector.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import type { DesiredRow } from "#src/ovn/owned/owned-rows.ts";
import { groupsRow, policyScope } from "#src/ovn/rows/policy-rows.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { addressSet, portGroup } from "#src/ovn/owned/topology-tables.ts";
import type { PodOfPort } from "./group-members.ts";

/** The rows to bring before and after the memberships of ports are right. */
export interface PolicySteps {
  readonly first: readonly DesiredRow[];
  /** True for rows that stay in the first step, because ACLs may still name them. */
  readonly keeps: (id: string) => boolean;
  /** Undefined when nothing is left to remove. */
  readonly last: readonly DesiredRow[] | undefined;
}

/**
 * Splits the way from the rows that there are to the desired ones. ACLs go before the groups and sets that they name, since nodes
 * complain of a match with a name that is gone. A new group has its ports from the first moment on.
 */
export function policySteps(
  desired: readonly DesiredRow[],
  now: OwnedRows,
  ports: readonly PodOfPort[],
  cluster: string,
): PolicySteps {
  const wanted = new Set(desired.map(({ id }) => id));
  const stale = [...now.rows.values()].filter(
    ({ id, table }) =>
      id.startsWith(`${policyScope}/`) && !wanted.has(id) && (table === portGroup || table === addressSet),
  );
  const membersKey = externalId("members");
  const staleTexts = stale.flatMap(
    ({ row }) => (row["external_ids"] as ReadonlyMap<string, string>).get(membersKey) ?? [],
  );
  const texts = desired.flatMap(({ settings }) => settings?.[membersKey] ?? []);
  const state = groupsRow([...texts, ...staleTexts], cluster);
  const first = desired
    .filter(({ id }) => id !== state.id)
    .map((row): DesiredRow => {
      const text = row.settings?.[membersKey];
      if (text === undefined || now.rows.has(row.id)) return row;
      return { ...row, columns: { ...row.columns, ports: membersNow(text, ports) } };
    });
  const isStale = new Set(stale.map(({ id }) => id));
  const hasGroups = texts.length + staleTexts.length > 0;
  return {
    first: hasGroups ? [...first, state] : first,
    keeps: (id) => isStale.has(id),
    last: stale.length === 0 ? undefined : desired,
  };
}

function membersNow(text: string, ports: readonly PodOfPort[]): readonly string[] {
  const selector = readGroupSelector(text);
  if (selector === undefined) return [];
  return ports.flatMap(({ port, pod }) =>
    port.network === selector.network && isGrouped(selector, pod) ? [port.uuid] : [],
  );
}
