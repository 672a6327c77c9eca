// Puts the parts of allocation together over one OVSDB client: replica, index, and committer, with fence and restore
// guard.
import { randomBytes, randomInt } from "node:crypto";
import { monotonicFactory } from "ulid";
import type { OvsdbClientOptions, OvsdbSession, Row, RowChange, SyncKind, TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { DatabaseClient, type DatabaseListener } from "#src/ovsdb/database-client.ts";
import { AddressIndex, type AddressIndexEvents } from "./index/address-index.ts";
import type { AllocateOptions, Allocation, AllocationRequest, PlannedPort } from "./allocation.ts";
import { Attempts } from "./commit/attempts.ts";
import { backendUnavailable } from "./commit/backend-unavailable.ts";
import { Committer } from "./commit/committer.ts";
import { type Conflict, ConflictWatch } from "./watch/conflict-watch.ts";
import { GroupDirectory } from "./groups/group-directory.ts";
import { Fence } from "./fence/fence.ts";
import { planPorts } from "./plan/planner.ts";
import { CatchUp } from "./watch/catch-up.ts";
import { ReservationWatch } from "./watch/reservation-watch.ts";
import { type PodSource, RestoreGuard } from "./fence/restore-guard.ts";
import { SessionFence } from "./fence/session-fence.ts";
import { Rollback } from "./commit/rollback.ts";

export interface NbAllocatorOptions {
  readonly nb: Pick<
    OvsdbClientOptions,
    "endpoints" | "tls" | "leader" | "relays" | "probeIntervalMs" | "restoredAfterMs"
  >;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Unique among the replicas of all times, since the name of a fence key in NB_Global contains it. */
  readonly replica: string;
  /** UID of kube-system; "" without Kubernetes. */
  readonly cluster: string;
  readonly anySwitch: boolean;
  /** See `PlanningView.maxClaims`. */
  readonly maxClaims?: number;
  readonly cooldownMs: number;
  readonly quietMs: number;
  readonly pods: PodSource | undefined;
  readonly onConflict?: (conflict: Conflict) => void;
}

const recheckRecoveredMs = 30_000;
/**
 * The time that NB may take to forget this process. It fits into what is left of a webhook's grace period after its
 * drain.
 */
const retireMs = 2_000;
/** A session whose fence could not be written is tried again after this time. */
const retryServeMs = 1_000;

/**
 * Allocates addresses in the OVN Northbound database. It is stateless: everything it knows can be read again from NB
 * and Kubernetes.
 */
export class NbAllocator implements DatabaseListener {
  readonly index: AddressIndex;
  /** The port groups of network policies. */
  readonly groups: GroupDirectory;
  readonly reservations: ReservationWatch;
  /** Tells when a switch of a name comes into NB. */
  readonly switches: KeyedNotifier<string>;
  readonly #options: NbAllocatorOptions;
  readonly #client: DatabaseClient;
  readonly #catchUp: CatchUp;
  readonly #attempts = new Attempts();
  readonly #conflicts: ConflictWatch;
  readonly #fence: SessionFence;
  readonly #guard: RestoreGuard;
  readonly #committer: Committer;
  #revision = 0;
  #serving: Promise<void> = Promise.resolve();
  #signal: AbortSignal = AbortSignal.abort();
  #isGuarding = false;

  constructor(options: NbAllocatorOptions) {
    const { clock, logger, metrics, cooldownMs } = options;
    this.#options = options;
    this.#client = new DatabaseClient({
      ...options.nb,
      database: "OVN_Northbound",
      tables: AddressIndex.tables,
      listener: this,
      clock,
      logger,
    });
    this.#catchUp = new CatchUp(clock, () => this.#client.session);
    const source = { rows: <T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> => this.#client.rows(table) };
    this.reservations = new ReservationWatch(clock);
    this.switches = new KeyedNotifier(clock, (name) => `waiting for the switch ${name}`);
    const { cluster } = options;
    this.groups = new GroupDirectory(cluster);
    this.index = new AddressIndex({ source, clock, cluster, cooldownMs, randomBelow, events: this.#indexEvents() });
    this.#conflicts = new ConflictWatch({ index: this.index, ...options });
    this.#guard = new RestoreGuard({ ...options, index: this.index, recheckMs: recheckRecoveredMs });
    this.#fence = new SessionFence({
      fence: new Fence(options.replica, randomStart()),
      source,
      clock,
      logger,
      onRestored: () => {
        this.#guard.restored();
        this.#committer.wake();
      },
    });
    this.#committer = new Committer({
      index: this.index,
      attempts: this.#attempts,
      fence: this.#fence,
      groups: this.groups,
      rollback: new Rollback(this.#fence, logger),
      clock,
      logger,
      metrics,
      cluster: options.cluster,
      newId: monotonicFactory(() => randomInt(2 ** 32) / 2 ** 32),
      anySwitch: options.anySwitch,
      maxClaims: options.maxClaims ?? 0,
      closedReason: () => this.#guard.closedReason(),
      onFenced: () => {
        this.#startGuard();
      },
    });
  }

  /** Connects, and serves until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    this.#client.start(signal);
  }

  /** True when NB and the stored pods were read for the first time. From then on a refusal can say what is wrong. */
  get isReady(): boolean {
    return this.#guard.hasOpened;
  }

  /** Resolves when `isReady` becomes true. Throws `BackendUnavailable` when the deadline comes first. */
  async ready(options: CallOptions): Promise<void> {
    const start = (resolve: (value: undefined) => void): void => void this.#guard.opened.then(resolve);
    await settleWithin<undefined>(this.#options.clock, options, "reading NB", start, (cause) =>
      backendUnavailable("cannot be reached", cause),
    );
  }

  allocate(request: AllocationRequest, options: AllocateOptions): Promise<Allocation> {
    return this.#committer.allocate(request, options);
  }

  /** Says what `allocate` would choose at this moment, with the same refusals, and writes nothing. */
  async plan(request: AllocationRequest, options: CallOptions): Promise<readonly PlannedPort[]> {
    const { clock, anySwitch, cluster, maxClaims = 0 } = this.#options;
    const closed = this.#guard.closedReason();
    if (closed !== undefined) throw backendUnavailable(closed);
    try {
      await this.#client.waitForSession(options);
    } catch (cause) {
      throw backendUnavailable("cannot be reached", cause);
    }
    return planPorts(request, { index: this.index, nowMs: clock.monotonicMs(), anySwitch, cluster, maxClaims });
  }

  /** Grows with each message about rows of NB. */
  get revision(): number {
    return this.#revision;
  }

  /** Resolves when the index has what NB had at the call, or cannot have it; see `CatchUp`. */
  catchUp(): Promise<void> {
    return this.#catchUp.wait();
  }

  /**
   * Rolls an allocation back of which nobody was told. Resolves when that is done. What cannot be rolled back is left
   * to the sweep.
   */
  rollBack(allocation: Allocation): Promise<void> {
    return this.#committer.rollBack(allocation);
  }

  /**
   * Takes the fence key of a process that will not come back out of NB, when all its requests are answered or rolled
   * back. Called before `close`, when no more requests come. Ends within two seconds; the controller removes a key
   * that stays.
   */
  async retire(): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      await this.#committer.retire({ deadlineMs: clock.monotonicMs() + retireMs });
    } catch (caught) {
      logger.warn({ err: fromUnknown(caught) }, "fence key stays in the northbound database until it is swept");
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#serving;
  }

  changed(changes: readonly RowChange[]): void {
    this.#revision += 1;
    this.index.apply(changes);
    this.groups.apply(changes);
    this.#fence.check();
  }

  synced(session: OvsdbSession, how: SyncKind): void {
    this.#options.logger.info(
      { endpoint: session.endpoint, session: session.number },
      "northbound database is in sync",
    );
    // The fence number of a backup that is only seconds old may still be in force, and would not tell of the restore.
    if (how === "restored") this.#guard.restored();
    this.#serving = this.#serving.then(() => this.#serve(session));
  }

  /** Compares the stored pods with an index that lacks nothing, not with that of a member which has not seen a restore yet. */
  #startGuard(): void {
    if (this.#isGuarding) return;
    this.#isGuarding = true;
    this.#guard.run(this.#signal).catch((caught: unknown) => {
      if (!this.#signal.aborted) this.#options.logger.error({ err: fromUnknown(caught) }, "restore guard ended");
    });
  }

  lost(error: AppError): void {
    if (this.#signal.aborted) return;
    this.#options.logger.warn({ err: error }, "northbound database was lost, connecting again");
    this.#committer.lost(error);
  }

  /** The rows of the index, for those who list networks and addresses. */
  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#client.rows(table);
  }

  async #serve(session: OvsdbSession): Promise<void> {
    const { clock, logger } = this.#options;
    while (!session.signal.aborted) {
      try {
        await this.#committer.serve(session);
      } catch (caught) {
        logger.error({ err: fromUnknown(caught) }, "allocation stopped, starting it again");
        await clock.sleep(retryServeMs);
      }
    }
  }

  #indexEvents(): AddressIndexEvents {
    return {
      portAdded: (uuid, name, owner) => {
        this.#attempts.portAdded(uuid, name, owner);
        if (owner.podUid !== "") this.reservations.held(owner.allocation);
      },
      portRemoved: (uuid, owner) => {
        this.#attempts.portRemoved(uuid, owner);
      },
      portBound: ({ allocation }) => {
        this.reservations.held(allocation);
      },
      switchAdded: (name) => {
        this.switches.notify(name);
      },
      reservationEnded: (_state, _namespace, how) => {
        this.reservations.ended(how);
      },
      heldTwice: (_state, portUuid) => {
        this.#conflicts.heldTwice(portUuid);
      },
      floatingHeldTwice: (uuid) => {
        this.#conflicts.heldTwice(uuid);
      },
    };
  }
}

/**
 * Gives 48 random bits above the 32 bits that a counter can use up, so that two processes never write the same
 * number.
 */
function randomStart(): bigint {
  return BigInt(`0x${randomBytes(6).toString("hex")}`) << 32n;
}

/** Takes 16 random bytes, modulo `below`. That is uniform enough for a start. */
function randomBelow(below: bigint): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) % below;
}
