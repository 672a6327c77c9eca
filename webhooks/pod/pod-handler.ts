import { annotationKeys } from "#src/api/annotation-keys.ts";
import { inMultusTerms } from "#src/api/multus/multus-request.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { type AppError, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Allocation } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { printIp } from "#src/net/ip.ts";
import type { AdmissionContext, AdmissionHandler } from "../admission/handler.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import { type AdmissionAnswer, allowed, denied, patched } from "../admission/response.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { NetworkGate } from "../network/network-gate.ts";
import { readMultusDemand } from "./multus-demand.ts";
import { ownMarks, removeMarks } from "./own-marks.ts";
import { PodPatch, type PodPatchOptions } from "./pod-patch.ts";
import { checkAgainstNetworks, type DemandingPod, type PodDemand, readDemand } from "./pod-request.ts";
import type { ReservationCap } from "./reservation-cap.ts";
import type { DefinitionSource } from "./stored-definitions.ts";

export interface PodHandlerOptions extends PodPatchOptions {
  readonly allocator: Pick<NbAllocator, "allocate" | "plan" | "rollBack" | "index">;
  readonly cap: ReservationCap;
  /** Waits for switches of Networks and judges namespaces by labels; undefined beside no Kubernetes. */
  readonly gate?: Pick<NetworkGate, "pass"> | undefined;
  readonly logger: Logger;
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
}

const mirrorPodAnnotation = "kubernetes.io/config.mirror";

/** The mutating entry for pods: allocates what the pod asks for and writes the result into it. */
export function createPodHandler(options: PodHandlerOptions): AdmissionHandler {
  return async (request, context) => {
    const created = podOf(request, options);
    if (created === undefined) return allowed();
    const warnings: string[] = [];
    try {
      const demand = await readDemand(created, options.definitions, warnings, context);
      if (demand === undefined) return strip(request, created.pod, warnings);
      return await admit(request, created.pod, demand, warnings, context, options);
    } catch (error) {
      if (isRefusal(error)) return refuse(error, warnings);
      throw error;
    }
  };
}

/**
 * The mutating entry for pods that ask by Multus selections of our definitions alone. A pod with any key of ours is left
 * as it is: the other entry was asked about it.
 */
export function createMultusPodHandler(options: PodHandlerOptions): AdmissionHandler {
  return async (request, context) => {
    const created = podOf(request, options);
    if (created === undefined || hasKeyOfOurs(created.pod)) return allowed();
    try {
      const demand = await readMultusDemand(created, options.definitions, context);
      return demand === undefined ? allowed() : await admit(request, created.pod, demand, [], context, options);
    } catch (caught) {
      const error = inMultusTerms(caught);
      if (isRefusal(error)) return refuse(error, []);
      throw error;
    }
  };
}

/** The pod that is being created, unless it is none of our business. */
function podOf(request: AdmissionRequest, { excludedNamespaces }: PodHandlerOptions): DemandingPod | undefined {
  if (request.operation !== "CREATE" || request.object === undefined) return undefined;
  const pod = readPod(request.object);
  const namespace = request.namespace === "" ? (pod.metadata.namespace ?? "default") : request.namespace;
  const isMirror = Object.hasOwn(pod.metadata.annotations, mirrorPodAnnotation);
  return isMirror || excludedNamespaces.has(namespace) ? undefined : { pod, namespace };
}

function hasKeyOfOurs(pod: PodMetadata): boolean {
  const requests = [annotationKeys.request.key, annotationKeys.earlyRequest.key];
  return requests.some((key) => Object.hasOwn(pod.metadata.annotations, key)) || ownMarks(pod).length > 0;
}

/** A pod that asks for nothing keeps nothing of ours: what it carries was copied, and means nothing here. */
function strip(request: AdmissionRequest, pod: PodMetadata, warnings: readonly string[]): AdmissionAnswer {
  const marks = ownMarks(pod);
  if (marks.length === 0 || request.object === undefined) return allowed({ warnings });
  const patch = new JsonPatch(request.object);
  removeMarks(patch);
  const removed = `removed without a request in ${annotationKeys.request.key}: ${marks.join(", ")}`;
  return patched(patch.operations(), { warnings: [...warnings, removed] });
}

async function admit(
  request: AdmissionRequest,
  pod: PodMetadata,
  demand: PodDemand,
  warnings: string[],
  context: AdmissionContext,
  options: PodHandlerOptions,
): Promise<AdmissionAnswer> {
  const { allocator, cap, gate, logger } = options;
  await gate?.pass(demand.allocation.ports, demand.allocation.namespace, context);
  checkAgainstNetworks(demand, allocator.index);
  if (ownMarks(pod).length > 0)
    warnings.push("the result of another pod was replaced: this pod has addresses of its own");
  const patch = new PodPatch(request, pod, demand, options);
  if (request.dryRun) {
    return patched(patch.ofDryRun(await allocator.plan(demand.allocation, context)), { warnings });
  }
  const networks = demand.allocation.ports.map(({ network }) => network);
  const { namespace } = demand.allocation;
  const onPlanned = (planned: Allocation): void => {
    patch.prepare(planned);
  };
  const allocation = await cap.within(namespace, networks, context, () =>
    allocator.allocate(demand.allocation, { ...context, onPlanned }),
  );
  const undo = async (): Promise<void> => {
    const fields = auditFields(request, allocation, demand, pod);
    logger.info(fields, "taking an allocation back: its answer was not handed over");
    await allocator.rollBack(allocation);
  };
  try {
    // After the answer, which the API server and its client wait for.
    const onHandedOver = (): void => {
      logger.info(auditFields(request, allocation, demand, pod), "allocated");
    };
    return patched(patch.of(allocation), {
      warnings,
      auditAnnotations: { allocation: allocation.id },
      undo,
      onHandedOver,
    });
  } catch (error) {
    await undo();
    throw error;
  }
}

function refuse(error: AppError<RefusalCode>, warnings: readonly string[]): AdmissionAnswer {
  const { holder } = error.details;
  return denied(error, { warnings, ...(holder === undefined ? {} : { auditAnnotations: { holder } }) });
}

function auditFields(request: AdmissionRequest, allocation: Allocation, demand: PodDemand, pod: PodMetadata): object {
  return {
    allocation: allocation.id,
    namespace: demand.allocation.namespace,
    pod: pod.metadata.name ?? `${pod.metadata.generateName ?? ""}*`,
    user: request.userInfo.username,
    ports: allocation.ports.map(({ request: { interfaceName }, network, mac, addresses }) => {
      return { interface: interfaceName, network: network.name, mac, ips: addresses.map(({ ip }) => printIp(ip)) };
    }),
  };
}
