import type { Metrics } from "#src/core/metrics.ts";
import type { DriftProblem } from "./findings.ts";

/**
 * Counts the allocations that do not agree with their pods at this moment, so that drift which nobody repairs is
 * visible from outside.
 */
export class DriftTracker {
  readonly #metrics: Metrics;
  readonly #byId = new Map<string, ReadonlySet<DriftProblem>>();
  readonly #open = new Map<DriftProblem, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /**
   * Records everything that one check of an allocation has found. What an earlier check found and this one did not is
   * repaired.
   */
  record(allocation: string, found: readonly DriftProblem[]): void {
    const before = this.#byId.get(allocation);
    if (before === undefined && found.length === 0) return;
    const now = new Set(found);
    if (now.size === 0) this.#byId.delete(allocation);
    else this.#byId.set(allocation, now);
    for (const problem of before ?? []) if (!now.has(problem)) this.#count(problem, -1);
    for (const problem of now) {
      if (before?.has(problem) === true) continue;
      this.#count(problem, 1);
      this.#metrics.count("ovn4nfv_drift_findings_total", { problem });
    }
  }

  /** Called when this process stops to check allocations. */
  close(): void {
    this.#metrics.clear("ovn4nfv_drift_open");
  }

  #count(problem: DriftProblem, by: 1 | -1): void {
    const open = (this.#open.get(problem) ?? 0) + by;
    this.#open.set(problem, open);
    this.#metrics.set("ovn4nfv_drift_open", { problem }, open);
  }
}
