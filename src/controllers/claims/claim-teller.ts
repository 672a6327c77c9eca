import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
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

type State = "in_use" | "kept" | "without_addresses" | "conflict";

/** Tells people what became of claims: by the status of each, by Events, by the log and by a measure. */
export class ClaimTeller {
  readonly #options: ClaimTellerOptions;
  readonly #states = new Map<string, State>();
  readonly #counts: Record<State, number> = { in_use: 0, kept: 0, without_addresses: 0, conflict: 0 };

  constructor(options: ClaimTellerOptions) {
    this.#options = options;
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
    this.#count(key, stateOf(rows, step));
  }

  /** Called when the object is gone. */
  forget(key: string): void {
    this.#count(key, undefined);
  }

  #count(key: string, state: State | undefined): void {
    const before = this.#states.get(key);
    if (before === state) return;
    if (before !== undefined) this.#counts[before] -= 1;
    if (state !== undefined) this.#counts[state] += 1;
    if (state === undefined) this.#states.delete(key);
    else this.#states.set(key, state);
    for (const [each, count] of Object.entries(this.#counts))
      this.#options.metrics.set("ovn4nfv_ipam_claims", { state: each }, count);
  }
}

function stateOf(rows: readonly ClaimRow[], step: ClaimStep): State {
  if (step.do === "tell" && step.outcome.condition.status === "False") return "conflict";
  if (rows.some(({ pod }) => pod !== undefined)) return "in_use";
  return rows.length > 0 ? "kept" : "without_addresses";
}
