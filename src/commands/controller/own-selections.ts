import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isOwnSelection, parseSelections } from "#src/api/multus/multus-selection.ts";
import type { SelectsOurs } from "#src/controllers/late-allocation/late-allocator.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { DefinitionSource } from "#webhooks/pod/stored-definitions.ts";

/** Tells whether one of a pod's Multus selections is ours. One that Multus cannot read is nobody's: Multus will tell. */
export function ownSelections(definitions: DefinitionSource): SelectsOurs {
  return async ({ metadata: { annotations, namespace = "" } }, options) => {
    try {
      const selections = parseSelections(annotations[annotationKeys.multusNetworks.key] ?? "", namespace);
      const ours = await definitions(selections, options);
      return selections.some((selection) => isOwnSelection(selection, ours));
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  };
}
