// The names and marks of port groups, which the webhook reads and the controller writes.
import { createHash } from "node:crypto";
import { externalId, ownerValue } from "./external-ids.ts";

/** The name of the group of a selector in a cluster. OVN reads it in matches, where no dash may be. */
export function groupName(members: string, cluster: string): string {
  return `ovn4nfv_group_${hashOf([cluster, members])}`;
}

/** The name of the row whose key `groups` tells which groups of the cluster there are. */
export function groupsRowName(cluster: string): string {
  return `ovn4nfv_groups_${hashOf([cluster])}`;
}

/** The text of the selector on a row of a port group; undefined for a row that is no group of this cluster. */
export function membersOf(externalIds: ReadonlyMap<string, string>, cluster: string): string | undefined {
  if (externalIds.get(externalId("owner")) !== ownerValue) return undefined;
  return externalIds.get(externalId("cluster")) === cluster ? externalIds.get(externalId("members")) : undefined;
}

function hashOf(texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 20);
}
