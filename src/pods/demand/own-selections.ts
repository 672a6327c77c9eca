import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isOwnSelection, parseSelections } from "#src/api/multus/multus-selection.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { DefinitionSource } from "./definition-source.ts";

/**
 * Tells whether one of the pod's Multus selections is a definition of ours. Selections that Multus cannot read are not: it
 * is Multus that reports them.
 */
export async function selectsOurs(
  { metadata: { annotations, namespace = "" } }: PodMetadata,
  definitions: DefinitionSource,
  options: CallOptions,
): Promise<boolean> {
  try {
    const selections = parseSelections(annotations[annotationKeys.multusNetworks.key] ?? "", namespace);
    const ours = await definitions(selections, options);
    return selections.some((selection) => isOwnSelection(selection, ours));
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
