// Several controllers act on a finding only when they have made it twice. This folder remembers the first time.
/**
 * Remembers findings that must be made twice before anybody acts on them: an informer may run ahead of the monitor,
 * and the monitor ahead of the informer. Findings are kept by allocation. A finding that is not made again is
 * forgotten.
 */
export class Debounce {
  readonly #settleMs: number;
  readonly #byId = new Map<string, ReadonlyMap<string, number>>();

  /** `settleMs` is the time that must lie between the first and the deciding check. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /**
   * Takes all findings of one check of an allocation. Gives for each the time that it still has to last; 0 means
   * confirmed.
   */
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

  /** Even without a settle time the first check never decides. */
  #leftMs(sinceMs: number, nowMs: number, wasSeen: boolean): number {
    return wasSeen ? Math.max(0, sinceMs + this.#settleMs - nowMs) : Math.max(1, this.#settleMs);
  }
}
