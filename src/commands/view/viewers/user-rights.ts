import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { AccessRight } from "./access-review.ts";

export interface UserRightsOptions {
  /** Asks the API server. */
  readonly review: (right: AccessRight, call: CallOptions) => Promise<boolean>;
  /** Time for which an answer counts. A no about one namespace counts ten times as long. */
  readonly ageMs: number;
  /** Takes place for a question about one namespace among those of all users. Returns the time to wait before it. */
  readonly paceMs: (nowMs: number) => number;
  /** Time in which the API server answers. */
  readonly timeoutMs: number;
  /** Called when answers are new or others than before, also while others are still asked for. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Known {
  readonly right: AccessRight;
  allowed: boolean;
  /** The time of the question that was answered; undefined while there is none. */
  atMs: number | undefined;
  /** The time at which a question was last not answered. */
  failedMs: number | undefined;
  /** The last round in which somebody wanted to know it. */
  round: number;
}

/** Beyond this number a user sees nothing more. */
const mostRights = 2_000;
/** Questions that are asked at once for one user. */
const mostAtOnce = 8;
/** A user may mostly see few of a thousand namespaces. A no that is kept too long hides nothing that he was shown. */
const refusedAges = 10;
/** A question that was not answered is not asked again for this time, except in another round. */
const pauseMs = 5_000;

/**
 * Knows the rights of one user, each for a short time. A right that is not known counts as no, is asked for, and `changed` is called when the
 * answer is there.
 */
export class UserRights {
  readonly #options: UserRightsOptions;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Set<Known>();
  /** The rights that are being asked for. */
  #batch: readonly Known[] = [];
  readonly #stop = new AbortController();
  #round = 0;
  #loading: Promise<void> | undefined;
  #isFull = false;

  constructor(options: UserRightsOptions) {
    this.#options = options;
  }

  /** True while something is not known that somebody wanted to know. */
  get isPending(): boolean {
    return this.#loading !== undefined;
  }

  /** True when more rights matter than are asked for. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The time at which the first right that the user has becomes too old; undefined when he has none. */
  get goodUntilMs(): number | undefined {
    const { ageMs } = this.#options;
    const good = this.#known.values().filter((one) => one.allowed && this.#isFresh(one));
    return good.reduce<number | undefined>(
      (first, { atMs = 0 }) => Math.min(first ?? Infinity, atMs + ageMs),
      undefined,
    );
  }

  /** True when the answer is known now. It asks nothing. */
  isKnown(right: AccessRight): boolean {
    const known = this.#known.get(keyOf(right));
    return known !== undefined && this.#isFresh(known);
  }

  may(right: AccessRight): boolean {
    const known = this.#entry(right);
    if (known === undefined) return false;
    known.round = this.#round;
    if (this.#isFresh(known)) return known.allowed;
    this.#want(known);
    return false;
  }

  /** The same for those who can wait. A right on one object is asked for each time: there are too many to keep. */
  async ask(right: AccessRight, call: CallOptions): Promise<boolean> {
    const known = right.name === undefined ? this.#entry(right) : undefined;
    if (known === undefined) return this.#options.review(right, call);
    const atMs = this.#options.clock.monotonicMs();
    // One who asks for something can wait for an answer of now, also where it was no before.
    if (known.atMs !== undefined && atMs - known.atMs < this.#options.ageMs) return known.allowed;
    this.#take(known, await this.#options.review(right, call), atMs);
    return known.allowed;
  }

  /** Waits until all is known that was wanted, or cannot be known. */
  async settle(call: CallOptions): Promise<void> {
    const loading = this.#loading;
    if (loading === undefined) return;
    await settleWithin<unknown>(this.#options.clock, call, "reviews of rights", (resolve, reject) => {
      loading.then(resolve, reject);
    });
  }

  /** Begins a round: what nobody wants to know between two rounds is forgotten. */
  beginRound(): void {
    this.#round += 1;
    for (const [key, known] of this.#known) {
      known.failedMs = undefined;
      if (known.round < this.#round - 1) this.#known.delete(key);
    }
    this.#isFull = false;
  }

  /** Asks anew for all that was wanted in this round, and whose time is about to end. */
  renew(): void {
    const { clock, ageMs } = this.#options;
    const soonMs = clock.monotonicMs() + ageMs;
    for (const known of this.#known.values()) {
      if (known.round === this.#round && !this.#isFresh(known, soonMs)) this.#want(known);
    }
  }

  close(): void {
    this.#stop.abort();
    this.#known.clear();
    this.#waiting.clear();
  }

  #entry(right: AccessRight): Known | undefined {
    const key = keyOf(right);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= mostRights || this.#stop.signal.aborted) {
      this.#isFull = true;
      return undefined;
    }
    const fresh: Known = { right, allowed: false, atMs: undefined, failedMs: undefined, round: this.#round };
    this.#known.set(key, fresh);
    return fresh;
  }

  #isFresh({ atMs, allowed, right }: Known, nowMs = this.#options.clock.monotonicMs()): boolean {
    const { ageMs } = this.#options;
    const countsMs = allowed || right.namespace === undefined ? ageMs : refusedAges * ageMs;
    return atMs !== undefined && nowMs - atMs < countsMs;
  }

  #take(known: Known, allowed: boolean, atMs: number): boolean {
    const isNews = !this.#isFresh(known) || known.allowed !== allowed;
    known.allowed = allowed;
    known.atMs = atMs;
    return isNews;
  }

  #want(known: Known): void {
    const { failedMs } = known;
    if (failedMs !== undefined && this.#options.clock.monotonicMs() - failedMs < pauseMs) return;
    if (this.#batch.includes(known)) return;
    this.#waiting.add(known);
    this.#loading ??= this.#load();
  }

  async #load(): Promise<void> {
    // Several rights that are wanted at once are asked for together.
    await Promise.resolve();
    let isNews = false;
    while (this.#waiting.size > 0) {
      const batch = this.#nextBatch();
      this.#batch = batch;
      await this.#pace(batch);
      const news = await Promise.all(batch.map((known) => this.#review(known)));
      this.#batch = [];
      isNews ||= news.includes(true);
      // Slow answers keep nobody from what the others say.
      if (isNews && this.#waiting.size > 0) this.#tell();
    }
    this.#loading = undefined;
    if (isNews) this.#tell();
  }

  /** The rights that the user has come first, so that what he sees does not wait for what he may not see. */
  #nextBatch(): readonly Known[] {
    const rank = ({ allowed, right }: Known) => (right.namespace === undefined ? 0 : allowed ? 1 : 2);
    const batch = [...this.#waiting].sort((a, b) => rank(a) - rank(b)).slice(0, mostAtOnce);
    for (const known of batch) this.#waiting.delete(known);
    return batch;
  }

  /** Waits for the places of questions whose answers nobody misses yet. */
  async #pace(batch: readonly Known[]): Promise<void> {
    const { clock, paceMs } = this.#options;
    const paced = batch.filter(({ allowed, right }) => !allowed && right.namespace !== undefined);
    const waitMs = Math.max(0, ...paced.map(() => paceMs(clock.monotonicMs())));
    // A sleep fails only by the end of the account.
    if (waitMs > 0) await clock.sleep(waitMs, this.#stop.signal).catch(() => undefined);
  }

  #tell(): void {
    if (!this.#stop.signal.aborted) this.#options.changed();
  }

  /** True for news. An answer that does not come changes nothing, and the old one counts until it is too old. */
  async #review(known: Known): Promise<boolean> {
    const { clock, review, timeoutMs, logger } = this.#options;
    const atMs = clock.monotonicMs();
    try {
      const call = { signal: this.#stop.signal, deadlineMs: atMs + timeoutMs };
      const isNews = this.#take(known, await review(known.right, call), atMs);
      known.failedMs = undefined;
      return isNews;
    } catch (caught) {
      known.failedMs = clock.monotonicMs();
      logger.debug({ err: fromUnknown(caught) }, "a right of a viewer is not known");
      return false;
    }
  }
}

function keyOf({ verb, resource, namespace = "", name = "" }: AccessRight): string {
  return [verb, resource.group, resource.plural, namespace, name].join("/");
}
