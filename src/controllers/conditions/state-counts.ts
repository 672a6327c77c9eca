/** Counts objects by the state that each is in. */
export class StateCounts<State extends string> {
  readonly #states = new Map<string, State>();
  readonly #counts: Map<State, number>;
  readonly #tell: (state: State, count: number) => void;

  /** Calls `tell` for each of the states whenever an object came to another one. */
  constructor(states: readonly State[], tell: (state: State, count: number) => void) {
    this.#counts = new Map(states.map((state) => [state, 0]));
    this.#tell = tell;
  }

  /** Takes an object, known by its key, into a state. It is in none any more when that is undefined. */
  set(key: string, state: State | undefined): void {
    const before = this.#states.get(key);
    if (before === state) return;
    this.#add(before, -1);
    this.#add(state, 1);
    if (state === undefined) this.#states.delete(key);
    else this.#states.set(key, state);
    for (const [each, count] of this.#counts) this.#tell(each, count);
  }

  #add(state: State | undefined, change: number): void {
    if (state !== undefined) this.#counts.set(state, (this.#counts.get(state) ?? 0) + change);
  }
}
