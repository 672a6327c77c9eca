import { objectNamePattern } from "#src/core/object-name.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { routerPolicy } from "../owned/topology-tables.ts";
import { routerPolicyPriorities } from "./flow-priorities.ts";
import { quotedText } from "./match-text.ts";
import { joinRouterPort, masterId, networkRouterPort } from "./topology.ts";

/** The ids of the rows end with these names. */
export const reachRowNames = { open: "reach-open", closed: "reach-closed" } as const;

/**
 * Gives the router policies of a network that only some others reach. They look at the port by which a packet comes, so that no
 * address opens the way, and a network that nobody has thought of is closed out. Packets of the network itself turn round
 * on the router between its subnets, and what comes from outside enters by the join switch. A text in `from` that cannot be the
 * name of a network is left out.
 */
export function reachRows(
  { name, uid }: { readonly name: string; readonly uid: string },
  from: readonly string[],
): readonly DesiredRow[] {
  const port = networkRouterPort(name);
  const names = [...new Set(from)].filter((one) => objectNamePattern.test(one)).sort();
  const ports = [joinRouterPort, port, ...names.map(networkRouterPort)].map(quotedText).join(", ");
  const here = `outport == ${quotedText(port)}`;
  const row = (what: keyof typeof reachRowNames, match: string, action: string): DesiredRow => ({
    id: `${uid}/${reachRowNames[what]}`,
    table: routerPolicy,
    columns: { priority: routerPolicyPriorities[reachRowNames[what]].priority, match, action, nexthops: [] },
    parent: { id: masterId, column: "policies" },
  });
  return [row("open", `inport == {${ports}} && ${here}`, "allow"), row("closed", here, "drop")];
}
