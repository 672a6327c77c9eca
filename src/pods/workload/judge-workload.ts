// Judges the pod template of a workload when it is applied: kubectl shows what is wrong, and no Event of a ReplicaSet later.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readReplicaRange } from "#src/api/pod/replica-range.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { isRefusal } from "#src/core/errors.ts";
import { Refusals, refusalsIn } from "#src/core/refusals.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { type OrdinalSource, withOrdinalAddresses } from "../demand/ordinal-addresses.ts";
import type { DefinitionSource } from "../demand/definition-source.ts";
import { type PodDemand, readDemand } from "../demand/pod-demand.ts";
import type { NetworkGate } from "../networks/network-gate.ts";
import { withChosenPools } from "../networks/chosen-pools.ts";
import { type ClaimSource, withClaims } from "../networks/named-claims.ts";
import { checkSettings } from "../networks/network-settings.ts";
import { networkedInterfaces } from "../networks/networked-interface.ts";
import {
  type CarriedWires,
  checkPlacement,
  checkTemplateSelector,
  placementLabels,
} from "../placement/pod-placement.ts";
import type { UnpatchedDecision } from "../pod-decision.ts";
import { podOf, workloadController } from "./pod-template.ts";
import { tooFewLists } from "./replica-lists.ts";
import { whyTwice } from "./runs-twice.ts";

/** A workload that is being created or changed. */
export interface AppliedWorkload {
  readonly kind: string;
  /** It is that of the review, because its objects come without one. */
  readonly apiVersion: string;
  readonly namespace: string;
  readonly object: JsonObject;
  /** The workload as it is stored; undefined for a new one. */
  readonly before: JsonObject | undefined;
}

export type JudgeWorkload = (workload: AppliedWorkload, call: Required<CallOptions>) => Promise<UnpatchedDecision>;

export interface WorkloadJudgeOptions {
  readonly allocator: Pick<NbAllocator, "plan" | "index">;
  readonly gate: Pick<NetworkGate, "pass"> | undefined;
  readonly carriedWires?: (() => CarriedWires | undefined) | undefined;
  readonly claims?: ClaimSource | undefined;
  readonly definitions: DefinitionSource;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly clock: Clock;
}

/** An apply waits so long for the switch of a Network that came with it. A warning is not worth more. */
const switchWaitMs = 3_000;

/** What is refused now may be right a moment later, so it is a warning. All other refusals stay as they are. */
const momentary: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "UnknownNetwork",
  "UnknownPool",
  "NotAllowed",
  "AddressInUse",
  "MacInUse",
  "PoolExhausted",
  "FloatingUnavailable",
  "LimitReached",
  "ClaimInUse",
  "ClaimInvalid",
  "ReservationsFull",
  "BackendUnavailable",
  "WireMissing",
]);

/** Makes the judge of workloads. It only reads, and nothing is reserved. */
export function createWorkloadJudge(options: WorkloadJudgeOptions): JudgeWorkload {
  const { allocator, gate, definitions, excludedNamespaces, clock } = options;
  return async (workload, call) => {
    const { kind, apiVersion, namespace, object } = workload;
    const warnings: string[] = [];
    try {
      const template = podOf(kind, object, namespace);
      const isJudged =
        template !== undefined && !excludedNamespaces.has(namespace) && hasNewRequest(workload, template);
      if (!isJudged) return { kind: "unchanged", warnings };
      const controller = workloadController(kind, { ...object, apiVersion });
      const pod = readPod(template);
      const demand = await readDemand({ pod, namespace, controller }, definitions, warnings, call);
      if (demand === undefined) return { kind: "unchanged", warnings };
      const range = readReplicaRange(object);
      if (demand.ordinal !== undefined) warnings.push(...tooFewLists(demand.ordinal, range));
      const why = hasFixed(demand) ? whyTwice(kind, object) : undefined;
      if (why !== undefined) warnings.push(why);
      const deadlineMs = Math.min(call.deadlineMs, clock.monotonicMs() + switchWaitMs);
      const refusals = new Refusals();
      const labels = await refusals.whenTried(async () =>
        gate?.pass(demand.allocation.ports, namespace, { ...call, deadlineMs }),
      );
      const items = networkedInterfaces(demand.interfaces, allocator.index);
      refusals.try(() => {
        checkSettings(items);
      });
      const { spec } = pod;
      refusals.try(() => {
        if (kind === "DaemonSet") checkTemplateSelector(placementLabels(items), spec.nodeSelector);
      });
      const carried = options.carriedWires?.();
      refusals.try(() => {
        if (carried !== undefined) checkPlacement(items, spec.nodeName, carried);
      });
      const ofSet: OrdinalSource = () => Promise.resolve({ uid: controller?.uid ?? "", start: range.start });
      const claiming =
        (await refusals.whenTried(async () =>
          withClaims(
            await withOrdinalAddresses(demand.allocation, demand.ordinal, ofSet, call),
            options.claims,
            call,
            warnings,
          ),
        )) ?? demand.allocation;
      const asked = refusals.try(() => withChosenPools(claiming, labels ?? {}, allocator.index, warnings)) ?? claiming;
      await refusals.whenTried(() => allocator.plan(asked, call));
      refusals.throwAll();
      return { kind: "unchanged", warnings };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const faults = refusalsIn(error);
      // Whoever holds something does so at the moment only. A joined refusal names one holder, which need not be that of its first fault.
      if (faults.some(({ code }) => !momentary.has(code))) return { kind: "refused", error, warnings };
      const own = ownHolder(workload);
      const others = faults.filter(({ details: { holder } }) => own === undefined || holder !== own);
      // A warning is one line.
      const told = others.map(({ message }) => `pods would be refused now: ${message}`);
      return { kind: "unchanged", warnings: [...warnings, ...told] };
    }
  };
}

/** The replica that runs is the one that is made again, with what it has. */
function ownHolder({ kind, namespace, object, before }: AppliedWorkload): string | undefined {
  const template = kind === "StatefulSet" && before !== undefined ? podOf(kind, object, namespace) : undefined;
  return template && `pod ${namespace}/${readPod(template).metadata.name ?? ""}`;
}

function hasFixed({ interfaces }: PodDemand): boolean {
  return interfaces.some(
    ({ addresses, mac, floating, claim }) =>
      addresses.length > 0 || mac !== undefined || floating?.address !== undefined || claim !== undefined,
  );
}

const requestKeys = [annotationKeys.request.key, annotationKeys.earlyRequest.key];

/** A rollback or a scaling leaves the request as it was, and must not fail for a fault that is stored already. */
function hasNewRequest({ kind, namespace, before }: AppliedWorkload, template: JsonObject): boolean {
  const former = before && podOf(kind, before, namespace);
  return before === undefined || requestsOf(template) !== requestsOf(former);
}

function requestsOf(pod: JsonObject | undefined): string {
  const annotations = pod === undefined ? {} : readPod(pod).metadata.annotations;
  return JSON.stringify(requestKeys.map((key) => annotations[key]));
}
