/**
 * Counts the open reservations of one switch by the place where they take addresses: a pool that they chose, or (`undefined`) the
 * addresses that are in no pool. Reservations in one place take nothing from the others.
 */
export class ReservationCounts {
  readonly #byPool = new Map<string | undefined, Map<string, number>>();
  /** The sum of each place. Every review asks for it, and there may be thousands of namespaces. */
  readonly #sums = new Map<string | undefined, number>();

  count(pool: string | undefined, namespace: string, by: 1 | -1): void {
    const counts = this.#byPool.get(pool) ?? new Map<string, number>();
    const count = (counts.get(namespace) ?? 0) + by;
    if (count > 0) counts.set(namespace, count);
    else counts.delete(namespace);
    this.#sums.set(pool, this.in(pool) + by);
    if (counts.size > 0) this.#byPool.set(pool, counts);
    else {
      this.#byPool.delete(pool);
      this.#sums.delete(pool);
    }
  }

  get isEmpty(): boolean {
    return this.#byPool.size === 0;
  }

  clear(): void {
    this.#byPool.clear();
    this.#sums.clear();
  }

  /** The number of reservations of all namespaces in this place. */
  in(pool: string | undefined): number {
    return this.#sums.get(pool) ?? 0;
  }

  /** The number of reservations of the namespace in this place. */
  of(namespace: string, pool: string | undefined): number {
    return this.#byPool.get(pool)?.get(namespace) ?? 0;
  }

  /** The number of reservations of the namespace on the whole switch. */
  onSwitchOf(namespace: string): number {
    return [...this.#byPool.values()].reduce((sum, counts) => sum + (counts.get(namespace) ?? 0), 0);
  }

  /** The namespaces that have reservations in this place. */
  namespacesIn(pool: string | undefined): Iterable<string> {
    return this.#byPool.get(pool)?.keys() ?? [];
  }
}
