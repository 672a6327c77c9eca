import { mirrorAnnotation, type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Allocation } from "#src/ipam/allocation.ts";
import { checkPorts, patchedReservation, type PortOptions, reservePorts } from "./asked-ports.ts";
import type { DefinitionSource } from "./demand/definition-source.ts";
import type { DemandingPod, PodDemand } from "./demand/pod-demand.ts";
import type { NetworkedInterface } from "./networks/networked-interface.ts";
import { type CarriedWires, checkPlacement, placementLabels } from "./placement/pod-placement.ts";
import { unreachableOutside } from "./networks/floating-routes.ts";
import { ownMarks } from "./patch/own-marks.ts";
import { PodPatch, type PodPatchOptions } from "./patch/pod-patch.ts";
import type { NewPod, PatchDecision } from "./pod-decision.ts";

export interface PodDecisionOptions extends PodPatchOptions, PortOptions {
  /**
   * Gives the wires that nodes carry; undefined while they were not read. Without it a pod is placed by nobody: late allocation
   * cannot change where a pod goes.
   */
  readonly carriedWires?: (() => CarriedWires | undefined) | undefined;
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
}

/** A pod together with what was read of it. */
export interface AskingPod {
  readonly created: NewPod;
  readonly pod: PodMetadata;
  readonly demand: PodDemand;
  /** Takes what is odd but harmless, also of a pod that is refused afterwards. */
  readonly warnings: string[];
}

/** Reads the pod. Gives undefined for a mirror pod and for a pod of an excluded namespace: both stay as they are. */
export function readNewPod(
  created: NewPod,
  options: Pick<PodDecisionOptions, "excludedNamespaces">,
): DemandingPod | undefined {
  const pod = readPod(created.object);
  const namespace = created.namespace === "" ? (pod.metadata.namespace ?? "default") : created.namespace;
  const isMirror = Object.hasOwn(pod.metadata.annotations, mirrorAnnotation);
  return isMirror || options.excludedNamespaces.has(namespace)
    ? undefined
    : { pod, namespace, controller: created.controller };
}

/** Reserves the addresses that the pod asks for, in a dry run only chooses them, and makes the patch. Throws refusals. */
export async function allocateForPod(
  asking: AskingPod,
  call: Required<CallOptions>,
  options: PodDecisionOptions,
): Promise<PatchDecision> {
  const { created, pod, demand, warnings } = asking;
  const { namespace } = demand.allocation;
  const place = (items: readonly NetworkedInterface[]): void => {
    const carried = options.carriedWires?.();
    if (carried !== undefined) checkPlacement(items, pod.spec.nodeName, carried);
  };
  const checked = await checkPorts(demand, place, warnings, call, options);
  const { request, items } = checked;
  warnings.push(...unreachableOutside(items));
  if (ownMarks(pod).length > 0) warnings.push(replaced);
  const patch = new PodPatch(
    created.object,
    pod,
    { ...demand, networksReady: demand.networksReady || items.some(({ network }) => network.networksReady) },
    options,
    options.carriedWires === undefined ? {} : placementLabels(items),
  );
  if (created.dryRun) {
    const planned = await options.allocator.plan(request, call);
    return { kind: "patched", patch: patch.ofDryRun(planned), warnings, reservation: undefined };
  }
  const onPlanned = (planned: Allocation): void => {
    patch.prepare(planned);
  };
  const allocation = await reservePorts(checked, { object: created.object, pod }, onPlanned, call, options);
  return patchedReservation({ created, pod, namespace }, allocation, () => patch.of(allocation), warnings, options);
}

const replaced = "the result of another pod was replaced: this pod has addresses of its own";
