// Connects the node to the wires of ProviderNetworks, and takes the connections away again.
import type { Operation } from "ovsdb-client";
import { netlinkCommand } from "#cni/plumbing/netlink-command.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { readNetworkState } from "#cni/plumbing/wire-sandbox.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { OvsWiring, WireView } from "./ovs-wiring.ts";
import type { SeenWire } from "./wire-conditions.ts";
import { wireOperations } from "./wire-operations.ts";
import { planWires, type WirePlan } from "./wire-plan.ts";
import type { WireNeeds } from "./wired-network.ts";

/** The database of Open vSwitch, as far as wires are concerned. */
export interface WireDatabase {
  /** Undefined while the database or the integration bridge is not seen. */
  readonly wiring: OvsWiring | undefined;
  /** Number of changes that were seen. */
  readonly changes: number;
  whenChanged(seen: number, options: CallOptions): Promise<void>;
  /** Makes one transaction, and gives true when ovs-vswitchd has acted on it in time. */
  change(operations: readonly Operation[], options: CallOptions): Promise<boolean>;
}

export interface WireKeeperParts {
  readonly database: WireDatabase;
  /** Gives the needs of the cluster; undefined before it is known. */
  readonly needs: () => WireNeeds | undefined;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const name = "wires";
const retryLimits = { initialMs: 200, maxMs: 30_000, ratePerSecond: 5, burst: 10 };
/** Many changes of the database need one pass. */
const gatherMs = 100;
/** The kernel tells nobody that an interface was given an address or a carrier, unless Open vSwitch has the interface. */
const lookAgainMs = 10_000;
const changeLimitMs = 10_000;
/** Each round looks at what has become of the one before. A round fails when another writer was faster. */
const maxRounds = 8;

/**
 * Keeps the bridges and mappings of this node equal to the plan (wire-plan.ts). It leaves alone what the agent has not made:
 * addresses, routes, bridges and mappings of others.
 */
export class WireKeeper {
  readonly #parts: WireKeeperParts;
  readonly #queue: WorkQueue;
  readonly #listeners: (() => void)[] = [];
  #wires: readonly SeenWire[] | undefined;

  constructor(parts: WireKeeperParts) {
    this.#parts = parts;
    const { clock, metrics } = parts;
    this.#queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
  }

  /** The wires that the node tells of; undefined before the first pass. */
  get wires(): readonly SeenWire[] | undefined {
    return this.#wires;
  }

  /** The listener is called after each change of `wires`. */
  onWires(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Call it when the needs have changed. */
  readonly needsChanged = (): void => {
    this.#queue.add(name);
  };

  /** Makes a pass after each change, and again from time to time while there are networks. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#parts;
    const reconcile = (_key: string, stop: AbortSignal) => this.pass(stop);
    const loop = { controller: name, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    await Promise.all([this.#followDatabase(signal), runReconcileLoop(loop, signal)]);
    this.#queue.close();
  }

  /** One pass. Throws the errors of a transaction, and `CommandFailed` when the kernel refuses something. */
  async pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { needs } = this.#parts;
    const wanted = needs();
    const before = this.#wiring();
    if (wanted === undefined || before === undefined) return {};
    if (wanted.networks.length === 0 && !hasOwn(before)) {
      this.#report([]);
      return {};
    }
    for (let round = 1; round <= maxRounds; round += 1) {
      const kernel = await readNetworkState(undefined, signal, this.#parts.run);
      const ovs = this.#wiring();
      if (ovs === undefined) return {};
      const view = { ovs, kernel };
      const plan = planWires(wanted, view);
      const isDone = await this.#bring(plan, view, round, signal);
      if (!isDone) continue;
      this.#report(plan.wires);
      return plan.wires.length === 0 ? {} : { requeueAfterMs: lookAgainMs };
    }
    throw new AppError("RowsChanged", "the bridges of the node did not stay as they were made");
  }

  #wiring(): OvsWiring | undefined {
    return this.#parts.database.wiring;
  }

  /** Gives true when there was nothing to do. */
  async #bring(plan: WirePlan, view: WireView, round: number, signal: AbortSignal): Promise<boolean> {
    const { database, run, clock, logger } = this.#parts;
    const operations = wireOperations(plan, view);
    const up = view.kernel.links.filter((link) => plan.attachable.includes(link.name) && !link.isUp);
    if (operations.length === 0 && up.length === 0) return true;
    if (operations.length > 0) {
      try {
        const hasActed = await database.change(operations, { signal, deadlineMs: clock.monotonicMs() + changeLimitMs });
        if (!hasActed) logger.warn({}, "ovs-vswitchd does not act on changes of its database");
      } catch (caught) {
        if (!isFailedWait(caught)) throw caught;
        if (round < maxRounds) return false;
        throw new AppError("RowsChanged", "somebody else changed the bridges or mappings of the node", {
          cause: caught,
        });
      }
      const { attachable, kept, leaving, mappings } = plan;
      logger.info({ attachable, kept, leaving, mappings }, "bridges and mappings of wires written");
    }
    const down = view.ovs.bridges.filter(({ madeFor = "", wasDown }) => wasDown && plan.leaving.includes(madeFor));
    const here = new Set(view.kernel.links.map((link) => link.name));
    const commands = [
      ...up.map((link) => netlinkCommand("host-up", link.name)),
      ...down.flatMap(({ madeFor = "" }) => (here.has(madeFor) ? [netlinkCommand("host-down", madeFor)] : [])),
    ];
    if (commands.length > 0) await run(commands, { signal });
    return false;
  }

  #report(wires: readonly SeenWire[]): void {
    const before = this.#wires;
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(wires)) return;
    this.#wires = wires;
    const { metrics, logger } = this.#parts;
    metrics.clear("ovn4nfv_agent_wire_ready");
    for (const wire of wires) {
      const { physicalNetwork, interface: link, bridge } = wire;
      const ready = readyOf(wire);
      metrics.set("ovn4nfv_agent_wire_ready", { physical_network: physicalNetwork }, ready?.status === "True" ? 1 : 0);
      const last = before?.find((one) => one.physicalNetwork === physicalNetwork);
      const known = last === undefined ? undefined : readyOf(last);
      if (known?.reason === ready?.reason && known?.message === ready?.message) continue;
      const fields = { physicalNetwork, interface: link, bridge, reason: ready?.reason, why: ready?.message };
      if (ready?.status === "True") logger.info(fields, "wire connected");
      else logger.warn(fields, "wire not connected");
    }
    for (const listener of this.#listeners) listener();
  }

  async #followDatabase(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#parts;
    let known: string | undefined;
    while (!signal.aborted) {
      const seen = database.changes;
      const now = JSON.stringify(database.wiring);
      if (now !== known) this.#queue.add(name);
      known = now;
      await database.whenChanged(seen, { signal }).catch(() => undefined);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    }
  }
}

function hasOwn({ bridges, ownText }: OvsWiring): boolean {
  return ownText !== undefined || bridges.some(({ madeFor }) => madeFor !== undefined);
}

function readyOf({ conditions }: SeenWire) {
  return conditions.find(({ type }) => type === "Ready");
}
