import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { StateCounts } from "../conditions/state-counts.ts";
import type { ClaimOutcome, ClaimStep } from "./claim-decision.ts";
import type { ClaimObject } from "./claim-object.ts";
import type { ClaimRow } from "./claim-rows.ts";
import { claimStatus } from "./claim-status.ts";

export interface ClaimTellerOptions {
  readonly api: Pick<ResourceApi, "patchIfThere">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "set">;
}

const states = ["in_use", "kept", "without_addresses", "conflict"] as const;
type State = (typeof states)[number];

/** Tells people what became of claims: by the status of each, by Events, by the log and by a measure. */
export class ClaimTeller {
  readonly #options: ClaimTellerOptions;
  readonly #counts: StateCounts<State>;

  constructor(options: ClaimTellerOptions) {
    this.#options = options;
    this.#counts = new StateCounts(states, (state, count) => {
      options.metrics.set("ovn4nfv_ipam_claims", { state }, count);
    });
  }

  /** Writes the status when it says something new, and an Event when its condition has another reason. */
  async tell(object: ClaimObject, outcome: ClaimOutcome, options: CallOptions): Promise<void> {
    const { api, clock, events, logger } = this.#options;
    const { namespace, name, uid } = object;
    // The times of the standard are in whole seconds.
    const status = claimStatus(object, outcome, `${new Date(clock.now()).toISOString().slice(0, 19)}Z`);
    if (status === undefined) return;
    await api.patchIfThere(
      { namespace, name },
      "merge",
      { metadata: { uid }, status },
      { ...options, subresource: "status" },
    );
    const { type, status: holds, reason, message } = outcome.condition;
    const before = object.claim.status?.conditions?.find((one) => one.type === type);
    if (before?.reason === reason) return;
    logger.info({ namespace, claim: name, reason, message, ips: status.ips }, "claim status changed");
    const { ipamClaims } = resources;
    const subject = { apiVersion: apiVersionOf(ipamClaims), kind: ipamClaims.kind, namespace, name, uid };
    const isWarning = holds === "False" || reason === "ClaimInUse";
    const note = isWarning ? message : `addresses that stay with the claim: ${status.ips.join(", ")}`;
    events.record({ subject, type: isWarning ? "Warning" : "Normal", reason, message: note });
  }

  /** Counts the claim in the state that it is in now. */
  seen(key: string, rows: readonly ClaimRow[], step: ClaimStep): void {
    this.#counts.set(key, stateOf(rows, step));
  }

  /** Called when the object is gone. */
  forget(key: string): void {
    this.#counts.set(key, undefined);
  }
}

function stateOf(rows: readonly ClaimRow[], step: ClaimStep): State {
  if (step.do === "tell" && step.outcome.condition.status === "False") return "conflict";
  if (rows.some(({ pod }) => pod !== undefined)) return "in_use";
  return rows.length > 0 ? "kept" : "without_addresses";
}
