import { type ChainStatus, chainStatusSchema } from "#src/api/chain/chain-schema.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { isSameStatus, newsIn, type StatusCondition } from "../conditions/conditions.ts";
import type { ChainDecision } from "./chain-decision.ts";
import type { ChainObject } from "./chain-object.ts";
import { chainStatus } from "./chain-status.ts";

export interface ChainTellerOptions {
  readonly api: Pick<ResourceApi, "patchIfThere">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "set">;
}

/** The message of an Event for a condition that has come to hold. */
const goodNews: Readonly<Record<string, string>> = {
  RoutesAsked: "the pods of all functions ask for routes to the ends",
};

/** Tells people what became of chains: by the status of each, by Events, by the log and by a measure. */
export class ChainTeller {
  readonly #options: ChainTellerOptions;
  /** The status that was written last for a chain, and the version of the chain for which it was. */
  readonly #told = new Map<string, { readonly resourceVersion: string; readonly status: ChainStatus }>();

  constructor(options: ChainTellerOptions) {
    this.#options = options;
  }

  /** Called when a chain is gone. */
  forget(uid: string): void {
    this.#told.delete(uid);
  }

  /** Writes the status when it says something new, and an Event for each condition with another reason than before. */
  async tell(chain: ChainObject, decision: ChainDecision, options: CallOptions): Promise<void> {
    const { api, clock, events, logger } = this.#options;
    const { namespace, name, uid, resourceVersion } = chain;
    const told = this.#told.get(uid);
    // The informer may not have seen yet what was written last.
    const before = told?.resourceVersion === resourceVersion ? told.status : chain.status;
    const status = chainStatus(decision, { ...chain, status: before }, new Date(clock.now()).toISOString());
    if (isSameStatus(chainStatusSchema, status, before)) return;
    const body = { metadata: { uid }, status };
    await api.patchIfThere({ namespace, name }, "merge", body, { ...options, subresource: "status" });
    this.#told.set(uid, { resourceVersion, status });
    const { networkChainings } = resources;
    const subject = { apiVersion: apiVersionOf(networkChainings), kind: networkChainings.kind, namespace, name, uid };
    for (const one of newsIn(status, before, isBad)) {
      const { type, reason, message } = one;
      logger.info({ namespace, chain: name, condition: type, reason, message }, "chain status changed");
      const note = message === "" ? (goodNews[type] ?? "the traffic passes all functions of the chain") : message;
      events.record({ subject, type: isBad(one) ? "Warning" : "Normal", reason, message: note });
    }
  }

  /** Counts all chains by what became of them. */
  measure(decisions: Iterable<ChainDecision>): void {
    const counts = { ready: 0, degraded: 0, refused: 0 };
    for (const decision of decisions) counts[stateOf(decision)] += 1;
    for (const [state, count] of Object.entries(counts)) this.#options.metrics.set("ovn4nfv_chains", { state }, count);
  }
}

function stateOf(decision: ChainDecision): "ready" | "degraded" | "refused" {
  if (decision.kind === "refused") return "refused";
  return decision.hops.some(({ problems }) => problems.length > 0) ? "degraded" : "ready";
}

function isBad({ type, status }: StatusCondition): boolean {
  return type === "Degraded" ? status === "True" : status === "False";
}
