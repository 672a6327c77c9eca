// Judges pod templates when workloads are applied: a fault of the text is told by kubectl, not by a ReplicaSet's Event later.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { NetworkGate } from "../network/network-gate.ts";
import { checkAgainstNetworks, type PodDemand, readDemand } from "../pod/pod-request.ts";
import type { DefinitionSource } from "../pod/stored-definitions.ts";
import { podOf } from "./pod-template.ts";
import { whyTwice } from "./runs-twice.ts";

export interface WorkloadHandlerOptions {
  readonly allocator: Pick<NbAllocator, "plan" | "index">;
  readonly gate: Pick<NetworkGate, "pass"> | undefined;
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly clock: Clock;
}

/** How long an apply waits for the switch of a Network that came with it; a warning is not worth more. */
const switchWaitMs = 3_000;

/** What another moment may make good is a warning; everything else is wrong for ever. */
const momentary: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "UnknownNetwork",
  "NotAllowed",
  "AddressInUse",
  "MacInUse",
  "PoolExhausted",
  "ReservationsFull",
  "BackendUnavailable",
]);

/** The validating entry for workloads with a pod template. Looks only; nothing is reserved. */
export function createWorkloadHandler(options: WorkloadHandlerOptions): AdmissionHandler {
  return async (request, context) => {
    const { object, namespace, kind } = request;
    const template = object === undefined ? undefined : podOf(kind.kind, object, namespace);
    if (object === undefined || template === undefined || options.excludedNamespaces.has(namespace)) return allowed();
    if (!isNew(request)) return allowed();
    const warnings: string[] = [];
    try {
      const demand = await readDemand({ pod: readPod(template), namespace }, options.definitions, warnings, context);
      if (demand === undefined) return allowed({ warnings });
      if (hasFixed(demand)) {
        const why = whyTwice(kind.kind, object);
        if (why !== undefined) warnings.push(why);
      }
      const deadlineMs = Math.min(context.deadlineMs, options.clock.monotonicMs() + switchWaitMs);
      await options.gate?.pass(demand.allocation.ports, namespace, { ...context, deadlineMs });
      checkAgainstNetworks(demand, options.allocator.index);
      await options.allocator.plan(demand.allocation, context);
      return allowed({ warnings });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!momentary.has(error.code)) return denied(error, { warnings });
      return allowed({ warnings: [...warnings, `pods would be refused now: ${error.message}`] });
    }
  };
}

function hasFixed({ interfaces }: PodDemand): boolean {
  return interfaces.some(({ addresses, mac }) => addresses.length > 0 || mac !== undefined);
}

const requestKeys = [annotationKeys.request.key, annotationKeys.earlyRequest.key];

/** A rollback or a scaling leaves the request as it was, and must not fail for a fault that is stored already. */
function isNew({ operation, object, oldObject, kind, namespace }: AdmissionRequest): boolean {
  if (operation === "CREATE") return true;
  if (operation !== "UPDATE" || object === undefined || oldObject === undefined) return false;
  const requestsOf = (one: typeof object): string => {
    const pod = podOf(kind.kind, one, namespace);
    const annotations = pod === undefined ? {} : readPod(pod).metadata.annotations;
    return JSON.stringify(requestKeys.map((key) => annotations[key]));
  };
  return requestsOf(object) !== requestsOf(oldObject);
}
