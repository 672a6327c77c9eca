import { attachedInterfaces } from "#src/api/multus/network-status.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { PortRow } from "./allocation-rows.ts";

/**
 * Gives the interfaces that were plugged into a pod and that nobody has attached to it yet: neither does the status that Multus writes name
 * them, nor has a chassis their ports. Where nothing attaches to pods that run, they wait for the next sandbox, and nothing is wrong.
 */
export function unattachedInterfaces(
  { metadata }: PodMetadata,
  results: readonly InterfaceResult[],
  rows: readonly Pick<PortRow, "isUp" | "name">[],
): readonly InterfaceResult[] {
  const plugged = results.filter(({ plugged: isPlugged, leaving }) => isPlugged === true && leaving !== true);
  if (plugged.length === 0) return plugged;
  const up = new Set(rows.filter(({ isUp }) => isUp).map(({ name }) => name));
  const attached = attachedInterfaces(metadata.annotations);
  return plugged.filter((one) => !up.has(one.port) && !attached.has(one.interface));
}
