import { annotationKeys } from "#src/api/annotation-keys.ts";
import { callsOf, refuseUnfitCalls } from "#src/api/multus/multus-calls.ts";
import { requestOfCalls } from "#src/api/multus/multus-request.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { refuseAgainstStandard } from "#src/api/multus/standard-settings.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { allocationOf, type DemandingPod, ordinalOf, type PodDemand, refuseHostNetwork } from "./pod-demand.ts";
import type { DefinitionSource } from "./definition-source.ts";

/** Reads the demand of a pod that asks by Multus selections alone; undefined when none of them is ours. */
export async function readMultusDemand(
  demanding: DemandingPod,
  definitions: DefinitionSource,
  options: CallOptions,
): Promise<PodDemand | undefined> {
  const { pod, namespace } = demanding;
  const { key } = annotationKeys.multusNetworks;
  const selections = parseSelections(pod.metadata.annotations[key] ?? "", namespace);
  const ours = await definitions(selections, options);
  const calls = callsOf(selections, ours);
  if (calls.length === 0) return undefined;
  refuseHostNetwork(pod, key);
  refuseAgainstStandard(selections, ours);
  const interfaces = requestOfCalls(calls);
  const names = calls.map(({ interfaceName }) => interfaceName);
  refuseUnfitCalls(
    selections,
    ours,
    interfaces.map(({ field, network }, index) => ({ field, network, interface: names[index] ?? "" })),
  );
  const allocation = allocationOf(demanding, interfaces, names);
  const ordinal = ordinalOf(demanding, interfaces);
  return { interfaces, allocation, selectsOurs: true, networksReady: false, ordinal };
}
