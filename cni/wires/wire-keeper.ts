// Connects the node to the wires of ProviderNetworks, and takes the connections away again.
import { netlinkCommand } from "#cni/plumbing/netlink-command.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { type KeptDatabase, OvsPasses, type OvsPassesParts } from "#cni/plumbing/ovs-passes.ts";
import { readNetworkState } from "#cni/plumbing/wire-sandbox.ts";
import { AppError } from "#src/core/errors.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { OvsWiring, WireView } from "./ovs-wiring.ts";
import type { SeenWire } from "./wire-conditions.ts";
import { wireOperations } from "./wire-operations.ts";
import { planWires, type WirePlan } from "./wire-plan.ts";
import type { WireNeeds } from "./wired-network.ts";

/** The database of Open vSwitch, as far as wires are concerned. */
export interface WireDatabase extends KeptDatabase {
  /** Undefined while the database or the integration bridge is not seen. */
  readonly wiring: OvsWiring | undefined;
}

export interface WireKeeperParts extends OvsPassesParts {
  readonly database: WireDatabase;
  /** Gives the needs of the cluster; undefined before it is known. */
  readonly needs: () => WireNeeds | undefined;
  /** Changes the kernel. */
  readonly run: RunNetlink;
}

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
  readonly #passes: OvsPasses<readonly SeenWire[]>;

  constructor(parts: WireKeeperParts) {
    this.#parts = parts;
    this.#passes = new OvsPasses("wires", parts);
  }

  /** The wires that the node tells of; undefined before the first pass. */
  get wires(): readonly SeenWire[] | undefined {
    return this.#passes.found;
  }

  /** The listener is called after each change of `wires`. */
  onWires(listener: () => void): void {
    this.#passes.onFound(listener);
  }

  /** Call it when the needs have changed. */
  readonly needsChanged = (): void => {
    this.#passes.ask();
  };

  /** Makes a pass after each change, and again from time to time while there are networks. It never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const markOf = () => {
      const wiring = this.#wiring();
      return wiring === undefined ? "" : JSON.stringify(wiring);
    };
    return this.#passes.run((stop) => this.pass(stop), markOf, signal);
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
    const { run, clock, logger } = this.#parts;
    const operations = wireOperations(plan, view);
    const up = view.kernel.links.filter((link) => plan.attachable.includes(link.name) && !link.isUp);
    if (operations.length === 0 && up.length === 0) return true;
    if (operations.length > 0) {
      try {
        await this.#passes.change(operations, { signal, deadlineMs: clock.monotonicMs() + changeLimitMs });
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
    // With IPv6 the node would hear the frames of the wire too, where Open vSwitch forwards in user space. An advertisement of a router
    // there would give the interface an address, and an interface with an address is not ours to use.
    const commands = [
      ...up.flatMap(({ name }) => [netlinkCommand("host-no-ipv6", name), netlinkCommand("host-up", name)]),
      ...down.flatMap(({ madeFor: name = "" }) =>
        here.has(name) ? [netlinkCommand("host-down", name), netlinkCommand("host-ipv6", name)] : [],
      ),
    ];
    if (commands.length > 0) await run(commands, { signal });
    return false;
  }

  #report(wires: readonly SeenWire[]): void {
    this.#passes.report(wires, (before) => this.#tell(wires, before));
  }

  #tell(wires: readonly SeenWire[], before: readonly SeenWire[] | undefined): void {
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
  }
}

function hasOwn({ bridges, ownText }: OvsWiring): boolean {
  return ownText !== undefined || bridges.some(({ madeFor }) => madeFor !== undefined);
}

function readyOf({ conditions }: SeenWire) {
  return conditions.find(({ type }) => type === "Ready");
}
