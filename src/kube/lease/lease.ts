// Leader election by a Lease object.
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "../client/api-client.ts";
import { isAlreadyExists, isConflict } from "../client/api-error.ts";
import type { KubeObject } from "../client/kube-object.ts";
import {
  leaseSpecFor,
  mayTakeLease,
  type LeaseObservation,
  observeLease,
  readLease,
  releasedSpec,
} from "./lease-record.ts";
import { ResourceApi } from "../client/resource-api.ts";
import { apiVersionOf, resources } from "../client/resources.ts";

export interface LeaseTimings {
  /** The time for which others wait after the last renewal of ours that they saw. */
  readonly leaseDurationMs: number;
  /** The time for which we lead after we sent our last renewal. It is less than the duration. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** The numbers of client-go. */
export const defaultLeaseTimings: LeaseTimings = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
};

export interface LeaderElectionOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
  /** It is different in each process, also in the next process of the same pod. */
  readonly identity: string;
  readonly timings?: LeaseTimings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random?: () => number;
}

/**
 * A candidate reads the Lease after this part of the retry period, and up to `jitter` of that more. It sees a renewal, and
 * takes the lease over, later by at most this time.
 */
const [readPart, jitter] = [0.5, 0.2];

/** One candidate for one Lease. Every write has the resourceVersion that it is based on. */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaseTimings;
  readonly #leases: ResourceApi;
  readonly #random: () => number;
  #lease: KubeObject | undefined;
  #seen: LeaseObservation | undefined;
  #renewedAtMs = 0;
  #leading = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings ?? defaultLeaseTimings;
    this.#leases = new ResourceApi(options.client, resources.leases);
    this.#random = options.random ?? Math.random;
  }

  get isLeader(): boolean {
    return this.#leading;
  }

  /**
   * Waits for the lease, then runs `work` with a signal that aborts when the lease is lost or `signal` aborts. The lease is
   * kept until `work` has ended, and then released. The result `lost` means that another process may lead: call `run` again,
   * or exit. An error of `work` is thrown on, unless it was interrupted.
   */
  async run(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<"lost" | "stopped"> {
    if (!(await this.#acquire(signal))) return "stopped";
    this.#lead(true);
    const lost = new AbortController();
    const ended = new AbortController();
    const keeping = this.#keep(ended.signal).then((kept) => {
      if (kept) return;
      this.#lead(false);
      lost.abort(new AppError("Aborted", "the lease was lost"));
    });
    try {
      await work(AbortSignal.any([signal, lost.signal]));
    } catch (caught) {
      if (!lost.signal.aborted && !signal.aborted) throw caught;
      this.#options.logger.debug({ err: caught, lease: this.#options.name }, "work of the leader was interrupted");
    } finally {
      ended.abort();
      await keeping;
      if (!lost.signal.aborted) await this.#release();
      this.#lead(false);
    }
    return lost.signal.aborted ? "lost" : "stopped";
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const { retryPeriodMs, renewDeadlineMs } = this.#timings;
    while (!signal.aborted) {
      if (await this.#tryTake(clock.monotonicMs() + renewDeadlineMs, signal)) return true;
      const waitMs = retryPeriodMs * readPart * (1 + jitter * this.#random());
      await clock.sleep(Math.min(waitMs, this.#endsInMs() ?? waitMs), signal).catch(() => undefined);
    }
    return false;
  }

  /** The time until the lease that was seen last ends; undefined when it has ended. */
  #endsInMs(): number | undefined {
    if (this.#seen === undefined) return undefined;
    const endsInMs = this.#seen.atMs + this.#seen.record.durationMs - this.#options.clock.monotonicMs();
    return endsInMs > 0 ? Math.ceil(endsInMs) : undefined;
  }

  /** Renews the lease. Resolves with true when `ended` aborts, and with false when the lease is lost. */
  async #keep(ended: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const { retryPeriodMs, renewDeadlineMs } = this.#timings;
    for (;;) {
      const deadlineMs = this.#renewedAtMs + renewDeadlineMs;
      await clock.sleep(Math.min(retryPeriodMs, deadlineMs - clock.monotonicMs()), ended).catch(() => undefined);
      if (ended.aborted) return true;
      if (clock.monotonicMs() >= deadlineMs) return false;
      const renewed = await this.#tryTake(deadlineMs, ended);
      if (!renewed && this.#seen !== undefined && this.#seen.record.holder !== this.#options.identity) return false;
    }
  }

  /** Tries once to take or renew the lease. Resolves with false when that failed; faults are logged. */
  async #tryTake(deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, identity, logger, name } = this.#options;
    const call = { deadlineMs, signal };
    try {
      const sentAtMs = clock.monotonicMs();
      // The leader knows the Lease as it wrote it, so that one call renews it. After a conflict it reads the Lease again.
      const lease = this.#leading && this.#lease !== undefined ? this.#lease : await this.#read(call);
      if (lease !== undefined) {
        this.#seen = observeLease(this.#seen, readLease(lease), clock.monotonicMs());
        if (!mayTakeLease(this.#seen, identity, clock.monotonicMs())) return false;
      }
      this.#lease = undefined;
      this.#lease = await this.#write(lease, call);
      this.#seen = observeLease(this.#seen, readLease(this.#lease), clock.monotonicMs());
      this.#renewedAtMs = sentAtMs;
      return true;
    } catch (caught) {
      if (signal.aborted || isConflict(caught) || isAlreadyExists(caught)) return false;
      logger.warn({ err: caught, lease: name }, "lease cannot be read or written, will try again");
      return false;
    }
  }

  #read(call: CallOptions): Promise<KubeObject | undefined> {
    const { namespace, name } = this.#options;
    return this.#leases.find({ namespace, name }, call);
  }

  #write(lease: KubeObject | undefined, call: CallOptions): Promise<KubeObject> {
    const { namespace, name, identity, clock } = this.#options;
    const record = lease === undefined ? undefined : readLease(lease);
    const spec = leaseSpecFor(record, identity, this.#timings.leaseDurationMs, clock.now());
    if (lease === undefined) {
      const { kind } = resources.leases;
      const body = { apiVersion: apiVersionOf(resources.leases), kind, metadata: { name, namespace }, spec };
      return this.#leases.create(namespace, body, call);
    }
    const { resourceVersion } = lease.metadata;
    return this.#leases.patch({ namespace, name }, "merge", { metadata: { resourceVersion }, spec }, call);
  }

  /** Releases the lease. When this fails, the next leader has to wait for the lease's duration. */
  async #release(): Promise<void> {
    const { namespace, name, identity, clock, logger } = this.#options;
    const call = { deadlineMs: this.#renewedAtMs + this.#timings.renewDeadlineMs };
    try {
      const lease = this.#lease ?? (await this.#read(call));
      if (lease === undefined || readLease(lease).holder !== identity) return;
      const { resourceVersion } = lease.metadata;
      const body = { metadata: { resourceVersion }, spec: releasedSpec(clock.now()) };
      await this.#leases.patch({ namespace, name }, "merge", body, call);
    } catch (caught) {
      logger.warn({ err: caught, lease: name }, "lease cannot be released, the next leader will wait for its end");
    }
  }

  #lead(leading: boolean): void {
    if (this.#leading === leading) return;
    const { name, identity, logger, metrics } = this.#options;
    this.#leading = leading;
    metrics.set("leader_election_master_status", { name }, leading ? 1 : 0);
    logger.info({ lease: name, identity }, leading ? "became the leader" : "no longer the leader");
  }
}
