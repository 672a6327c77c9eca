// A committer on a small NB, and sessions whose answers the test gives.
import { insert, type Operation } from "ovsdb-client";
import { claimOf } from "#src/ovn/claims/port-claim.ts";

import { type AppError, fromUnknown } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import type { AllocateOptions, Allocation, AllocationRequest, PortRequest } from "#src/ipam/allocation.ts";
import { Attempts } from "#src/ipam/commit/attempts.ts";
import { Committer } from "#src/ipam/commit/committer.ts";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { Fence } from "#src/ipam/fence/fence.ts";
import { SessionFence } from "#src/ipam/fence/session-fence.ts";
import { Rollback } from "#src/ipam/commit/rollback.ts";
import { printIp } from "#src/net/ip.ts";
import { logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import { asReceived } from "#test/fakes/ipam/simulated-nb.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";

/** One call of `allocate`, and its result so far. */
export interface Caller {
  allocation: Allocation | undefined;
  error: AppError | undefined;
}

export class Committing {
  readonly nb: NbFixture;
  readonly committer: Committer;
  readonly fence = new Fence("replica", 100n);
  readonly metrics: Metrics = createMetrics();
  closed: string | undefined;
  restores = 0;
  /** The fence numbers that NB had when sessions were fenced. */
  readonly fenced: (string | undefined)[] = [];
  readonly groups = new GroupDirectory("cluster");
  #ids = 0;

  constructor() {
    const attempts = new Attempts();
    this.nb = new NbFixture({
      portAdded: (uuid, name, owner) => {
        attempts.portAdded(uuid, name, owner);
      },
      portRemoved: (uuid, owner) => {
        attempts.portRemoved(uuid, owner);
      },
    });
    this.nb.commit(insert(nbGlobal, {}));
    this.nb.addSwitch("blue", "10.0.0.0/16", { gateways: "10.0.0.1" });
    this.nb.onMessage = (changes) => {
      this.groups.apply(changes);
    };
    const common = { clock: this.nb.clock, logger: silentLogger };
    const onRestored = (): void => {
      this.restores += 1;
    };
    const fence = new SessionFence({ ...common, fence: this.fence, source: this.nb, onRestored });
    this.committer = new Committer({
      ...common,
      index: this.nb.index,
      attempts,
      fence,
      groups: this.groups,
      rollback: new Rollback(fence, silentLogger),
      metrics: this.metrics,
      cluster: "cluster",
      newId: () => {
        this.#ids += 1;
        return `a${this.#ids.toString()}`;
      },
      anySwitch: false,
      closedReason: () => this.closed,
      onFenced: () => {
        this.fenced.push(this.fenceValue);
      },
    });
  }

  /** Connects, and writes the fence number that opens the session. */
  async connect(): Promise<ScriptedSession> {
    const session = new ScriptedSession(this.nb);
    void this.committer.serve(session);
    await session.run();
    return session;
  }

  ask(
    port: PortRequest = portRequest("blue"),
    options: AllocateOptions = {},
    joins?: AllocationRequest["joins"],
  ): Caller {
    const caller: Caller = { allocation: undefined, error: undefined };
    this.committer.allocate({ ...requestOf(port), joins }, options).then(
      (allocation) => {
        caller.allocation = allocation;
      },
      (error: unknown) => {
        caller.error = fromUnknown(error);
      },
    );
    return caller;
  }

  /** The fence number that NB has. */
  get fenceValue(): string | undefined {
    const [global] = this.nb.rows(nbGlobal).values();
    return global?.external_ids.get(this.fence.key);
  }

  /** The ports that have claims: the name of the claim, whose port it is, and its addresses. */
  get claimed(): readonly string[] {
    return [...this.nb.rows(logicalSwitchPort).values()].flatMap(({ name, addresses, external_ids }) => {
      const claim = claimOf(external_ids);
      return claim === undefined ? [] : [`${claim.name} ${claim.isKept ? "kept" : name} ${addresses.join()}`];
    });
  }

  /** Names of the ports that NB has. */
  get ports(): readonly string[] {
    return [...this.nb.rows(logicalSwitchPort).values()].map(({ name }) => name);
  }
}

/** The first address that a caller got. */
export function ipGiven({ allocation }: Caller): string | undefined {
  const ip = allocation?.ports[0]?.addresses[0]?.ip;
  return ip && printIp(ip);
}

/** The number of ports that a transaction inserts. */
export function portsIn(operations: readonly Operation[]): number {
  return asReceived(operations).filter(({ op }) => op === "insert").length;
}
