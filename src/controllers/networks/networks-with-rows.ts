import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";

/** The API server gives every object a UUID. Rows of the topology and of other kinds of objects have a word before it. */
const uidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Gives the UIDs of Networks and ProviderNetworks for which there are rows of this cluster. */
export function networksWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const scopes = [...rows.keys()].map((id) => id.slice(0, id.indexOf("/")));
  return new Set(scopes.filter((scope) => uidPattern.test(scope)));
}
