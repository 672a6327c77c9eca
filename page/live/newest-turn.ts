/** Something that is done in its turn. `signal` aborts when nobody waits for it any more. It never rejects. */
type Turn = (signal: AbortSignal) => Promise<void>;

/**
 * Does one thing at a time, and then the newest of what was asked for meanwhile. So an answer that takes longer than the next
 * change comes all the same, and no queue grows.
 */
export class NewestTurn {
  readonly #stop = new AbortController();
  #isTaken = false;
  #next: Turn | undefined;

  take(turn: Turn): void {
    if (this.#stop.signal.aborted) return;
    this.#next = turn;
    if (!this.#isTaken) void this.#run();
  }

  close(): void {
    this.#next = undefined;
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    this.#isTaken = true;
    for (let turn = this.#takeNext(); turn !== undefined; turn = this.#takeNext()) await turn(this.#stop.signal);
    this.#isTaken = false;
  }

  #takeNext(): Turn | undefined {
    const turn = this.#next;
    this.#next = undefined;
    return turn;
  }
}
