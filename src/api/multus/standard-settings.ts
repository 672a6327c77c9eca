// Refuses selections that multi-net-spec v1.3 rules out: a setting that no plugin of the attachment honours fails the whole
// request, and only one selection may ask for the default route.
import { refusal } from "#src/core/errors.ts";
import { keyOf } from "../text/field-place.ts";
import { isOwnSelection, type MultusSelection } from "./multus-selection.ts";
import type { OwnDefinitions } from "./attachment-definition.ts";

interface UnknownSetting {
  readonly reason: string;
  readonly remedy: string;
}

/** The settings of the standard that an interface on an OVN network cannot have, by their keys in lower case. */
const unknownSettings: ReadonlyMap<string, UnknownSetting> = new Map([
  [
    "portmappings",
    {
      reason: "asks for ports of the node, which lead to no interface on an OVN network",
      remedy: "leave portMappings out, and give the interface an address that is reached from outside",
    },
  ],
  [
    "infiniband-guid",
    {
      reason: "asks for an InfiniBand device, and the interface is a port of an OVN switch",
      remedy: "leave infiniband-guid out, or select a definition of an InfiniBand plugin",
    },
  ],
]);

/**
 * Throws `SelectionInvalid` when a selection of ours has a setting that we do not honour, or when it asks for the default
 * route and another selection, of whichever plugin, does too.
 */
export function refuseAgainstStandard(selections: readonly MultusSelection[], ours: OwnDefinitions): void {
  const own = selections.filter((selection) => isOwnSelection(selection, ours));
  for (const selection of own) refuseUnknown(selection);
  const asking = selections.filter(({ defaultRoute }) => defaultRoute.length > 0);
  const [first, second] = asking;
  if (first === undefined || second === undefined || !asking.some((selection) => own.includes(selection))) return;
  throw refusal("SelectionInvalid", {
    field: keyOf(second.field, "default-route"),
    value: second.defaultRoute.join(),
    reason: `asks for the default route, as ${first.field} does`,
    remedy: "keep default-route in one selection of the pod",
  });
}

function refuseUnknown({ field, unread }: MultusSelection): void {
  for (const { key, value } of unread) {
    const setting = unknownSettings.get(key.toLowerCase());
    if (setting !== undefined) throw refusal("SelectionInvalid", { field: keyOf(field, key), value, ...setting });
  }
}
