import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import type { PolicyDecision } from "./policy-decision.ts";
import type { PolicyObject } from "./policy-objects.ts";

export interface PolicyReportsOptions {
  readonly events: Pick<EventRecorder, "record">;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Tells users what became of policies: the standard kind has no status, so by Events, log lines and metrics. */
export class PolicyReports {
  readonly #options: PolicyReportsOptions;
  /** The words that were told last of a policy, by its UID. */
  readonly #told = new Map<string, string>();
  #isFirst = true;

  constructor(options: PolicyReportsOptions) {
    this.#options = options;
  }

  /** Records an Event for each policy that has news. A process that has just begun repeats only what is wrong. */
  tell(decisions: ReadonlyMap<PolicyObject, PolicyDecision>): void {
    const known = new Set([...decisions.keys()].map(({ uid }) => uid));
    for (const uid of this.#told.keys()) if (!known.has(uid)) this.#told.delete(uid);
    const counts = { applied: 0, faulty: 0, elsewhere: 0 };
    for (const [policy, decision] of decisions) {
      counts[stateOf(decision)] += 1;
      this.#tellOne(policy, decision);
    }
    for (const [state, count] of Object.entries(counts)) {
      this.#options.metrics.set("ovn4nfv_policies", { state }, count);
    }
    this.#isFirst = false;
  }

  #tellOne(policy: PolicyObject, decision: PolicyDecision): void {
    const { namespace, name, uid, apiVersion } = policy;
    // A pod with the port may come at any time, as the pods of a policy may.
    const problems = decision.problems.filter(({ reason }) => reason !== "UnknownPort");
    const [worst] = problems;
    const message = worst === undefined ? appliedText(decision) : problems.map((one) => one.message).join("; ");
    if (this.#told.get(uid) === message) return;
    const isNew = !this.#told.has(uid);
    this.#told.set(uid, message);
    if (message === "" || (worst === undefined && isNew && this.#isFirst)) return;
    const reason = worst?.reason ?? "Applied";
    const { kind } = resources.multiNetworkPolicies;
    this.#options.logger.info({ namespace, policy: name, reason, message }, "policy has news");
    const subject = { apiVersion, kind, namespace, name, uid };
    this.#options.events.record({ subject, type: worst === undefined ? "Normal" : "Warning", reason, message });
  }
}

function stateOf({ applied, problems }: PolicyDecision): "applied" | "faulty" | "elsewhere" {
  if (problems.some(({ reason }) => reason !== "UnknownPort")) return "faulty";
  return applied.length > 0 ? "applied" : "elsewhere";
}

function appliedText({ applied }: PolicyDecision): string {
  const [first] = applied;
  if (first === undefined) return "";
  const networks = applied.map(({ network }) => network).join(", ");
  return `isolates ${first.isolates.join(" and ")} of the pods that it selects on ${networks}`;
}
