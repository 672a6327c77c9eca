import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { switchRowId } from "#src/ovn/rows/network-rows.ts";

/**
 * Gives networks so that those with a switch in NB come first. Of several with one name only one has the switch, and the others are
 * refused. They may be anybody's, of whichever namespace.
 */
export function switchesFirst<N extends { readonly uid: string }>(
  networks: readonly N[],
  { rows }: Pick<OwnedRows, "rows">,
): readonly N[] {
  const isMade = ({ uid }: N): number => Number(rows.has(switchRowId(uid)));
  return networks.toSorted((a, b) => isMade(b) - isMade(a));
}
