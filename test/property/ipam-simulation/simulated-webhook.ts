// One webhook replica with the real parts of allocation on a simulated session.
import type { Row, TableSpec } from "ovsdb-client";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import { Attempts } from "#src/ipam/commit/attempts.ts";
import { Committer } from "#src/ipam/commit/committer.ts";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { Fence } from "#src/ipam/fence/fence.ts";
import { type PodSource, RestoreGuard } from "#src/ipam/fence/restore-guard.ts";
import { SessionFence } from "#src/ipam/fence/session-fence.ts";
import { Rollback } from "#src/ipam/commit/rollback.ts";
import { Replica } from "#packages/ovsdb-client/src/monitor/replica.ts";
import type { ManualClock } from "#test/fakes/manual-clock.ts";
import type { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";
import { SimulatedSession } from "./simulated-session.ts";

export interface SimulatedWebhookOptions {
  readonly nb: SimulatedNb;
  readonly clock: ManualClock;
  readonly name: string;
  readonly fenceStart: bigint;
  readonly newId: () => string;
  readonly randomBelow: (below: bigint) => bigint;
  readonly pods: PodSource;
}

export const quietMs = 40_000;

export class SimulatedWebhook {
  readonly committer: Committer;
  readonly guard: RestoreGuard;
  readonly fence: Fence;
  readonly index: AddressIndex;
  readonly #nb: SimulatedNb;
  readonly #replica = new Replica(AddressIndex.tables);
  readonly #sessionFence: SessionFence;
  readonly #attempts = new Attempts();
  readonly #life = new AbortController();
  #session: SimulatedSession | undefined;
  #serving: Promise<void> = Promise.resolve();
  #sessions = 0;
  readonly #clock: ManualClock;

  constructor({ nb, clock, name, fenceStart, newId, randomBelow, pods }: SimulatedWebhookOptions) {
    this.#nb = nb;
    this.#clock = clock;
    const common = { clock, logger: silentLogger, metrics: createMetrics() };
    const source = {
      rows: <T extends TableSpec>(table: T) => this.#replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>,
    };
    this.index = new AddressIndex({
      source,
      clock,
      cooldownMs: 60_000,
      randomBelow,
      events: {
        portAdded: (uuid, port, owner) => {
          this.#attempts.portAdded(uuid, port, owner);
        },
        portRemoved: (uuid, owner) => {
          this.#attempts.portRemoved(uuid, owner);
        },
      },
    });
    this.guard = new RestoreGuard({ ...common, index: this.index, pods, quietMs, recheckMs: 30_000 });
    this.fence = new Fence(name, fenceStart);
    this.#sessionFence = new SessionFence({
      ...common,
      fence: this.fence,
      source,
      onRestored: () => {
        this.guard.restored();
        this.committer.wake();
      },
    });
    this.committer = new Committer({
      ...common,
      index: this.index,
      attempts: this.#attempts,
      fence: this.#sessionFence,
      groups: new GroupDirectory("c"),
      rollback: new Rollback(this.#sessionFence, silentLogger),
      cluster: "c",
      newId,
      anySwitch: true,
      closedReason: () => this.guard.closedReason(),
    });
  }

  /** The current session, while there is one. */
  get session(): SimulatedSession | undefined {
    return this.#session?.signal.aborted === true ? undefined : this.#session;
  }

  connect(): void {
    if (this.session !== undefined) return;
    this.#sessions += 1;
    const session = new SimulatedSession(this.#nb, this.#replica, this.#sessions, (changes) => {
      this.index.apply(changes);
      this.#sessionFence.check();
    });
    this.#session = session;
    this.#serving = this.#serving.then(() => this.#serve(session));
    if (this.#sessions === 1) this.guard.run(this.#life.signal).catch(() => {});
  }

  /** Ends the process. It loses everything that it knew. */
  die(): void {
    this.#life.abort();
    this.#session?.cut();
  }

  async #serve(session: SimulatedSession): Promise<void> {
    while (!session.signal.aborted) {
      await this.committer.serve(session).catch(() => this.#clock.sleep(1_000, this.#life.signal).catch(() => {}));
    }
  }
}
