// From a pod to what is asked of the allocator: request, interface names, networks. Reads the index, changes nothing.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { assignInterfaceNames } from "#src/api/interface-names.ts";
import { foreignInterfaceNames, isOurs, type MultusSelection, parseSelections } from "#src/api/multus-selection.ts";
import type { PodMetadata } from "#src/api/pod-metadata.ts";
import type { InterfaceRequest } from "#src/api/interface-request.ts";
import { parseRequest } from "#src/api/request.ts";
import { refusal } from "#src/core/errors.ts";
import type { AllocationRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { checkSettings, type NetworkedInterface } from "./network-settings.ts";

/** A pod's request, read and checked as far as that needs no address. */
export interface PodDemand {
  readonly interfaces: readonly InterfaceRequest[];
  readonly allocation: AllocationRequest;
  readonly selections: readonly MultusSelection[];
  /** True when the user selected one of our definitions, so that no element is added. */
  readonly selectsOurs: boolean;
}

/** The demand of a pod, or undefined when it asks for nothing; `warnings` gets what is odd but harmless. */
export function readDemand(
  pod: PodMetadata,
  namespace: string,
  ours: ReadonlySet<string>,
  warnings: string[],
): PodDemand | undefined {
  const { annotations, name = "" } = pod.metadata;
  const parsed = parseRequest(annotations);
  warnings.push(...parsed.warnings);
  if (parsed.request === undefined) return undefined;
  if (pod.spec.hostNetwork) {
    throw refusal("HostNetwork", {
      field: "spec.hostNetwork",
      value: true,
      reason: "is set in a pod that asks for interfaces of its own",
      remedy: `remove hostNetwork, or the annotation ${annotationKeys.request.key}`,
    });
  }
  const { interfaces } = parsed.request;
  const selections = parseSelections(annotations[annotationKeys.multusNetworks.key] ?? "", namespace);
  const names = assignInterfaceNames(interfaces, foreignInterfaceNames(selections, ours));
  const ports = interfaces.map(({ field, network, addresses, mac }, index) => {
    return { field, network, interfaceName: names[index] ?? "", addresses, mac };
  });
  return {
    interfaces,
    allocation: { namespace, podName: name, ports },
    selections,
    selectsOurs: selections.some((selection) => isOurs(selection, ours)),
  };
}

/** Checks gateways and routes against the networks that exist; a network that does not is left to the allocator. */
export function checkAgainstNetworks(demand: PodDemand, index: NbAllocator["index"]): void {
  const items = demand.interfaces.flatMap((asked): NetworkedInterface[] => {
    const [state, second] = index.named(asked.network);
    return state === undefined || second !== undefined ? [] : [{ asked, network: state.network }];
  });
  checkSettings(items);
}
