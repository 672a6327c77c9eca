import type { OwnDefinitions } from "#src/api/multus/attachment-definition.ts";
import type { MultusSelection } from "#src/api/multus/multus-selection.ts";
import type { CallOptions } from "#src/core/deadline.ts";

export interface DefinitionOptions extends CallOptions {
  /** Called for each selection whose definition is not there, or could not be looked for now. It is taken for another plugin's. */
  readonly onMissing?: (selection: MultusSelection) => void;
}

/** Finds the definitions of ours among those that a pod selects. */
export type DefinitionSource = (
  selections: readonly MultusSelection[],
  options: DefinitionOptions,
) => Promise<OwnDefinitions>;

/** Takes the definitions with these names (`namespace/name`) for ours, each for all interfaces; no cluster is asked. */
export function namedDefinitions(names: Iterable<string>): DefinitionSource {
  const ours = new Map([...names].map((name) => [name, { network: undefined }] as const));
  return () => Promise.resolve(ours);
}
