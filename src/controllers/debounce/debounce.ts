// What several controllers need before they act on a finding: seeing it twice.
/**
 * Findings that must be made twice before anything is done about them: an informer may run ahead of the monitor, and
 * the other way round. Kept by allocation; a finding that is not made again is forgotten.
 */
export class Debounce {
  readonly #settleMs: number;
  readonly #byId = new Map<string, ReadonlyMap<string, number>>();

  /** `settleMs`: time that must lie between the first and the deciding look. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** Takes all findings of one look at an allocation; for each, how long it still has to last (0 = confirmed). */
  observe(id: string, findings: readonly string[], nowMs: number): ReadonlyMap<string, number> {
    const before = this.#byId.get(id);
    const since = new Map(findings.map((finding) => [finding, before?.get(finding) ?? nowMs]));
    if (since.size === 0) this.#byId.delete(id);
    else this.#byId.set(id, since);
    return new Map(
      [...since].map(([finding, ms]) => [finding, this.#leftMs(ms, nowMs, before?.has(finding) === true)]),
    );
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Even without a settle time the first look never decides. */
  #leftMs(sinceMs: number, nowMs: number, wasSeen: boolean): number {
    return wasSeen ? Math.max(0, sinceMs + this.#settleMs - nowMs) : Math.max(1, this.#settleMs);
  }
}
