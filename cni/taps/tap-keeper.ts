// Copies packets of pods for Taps by mirrors of Open vSwitch, and takes them away again.
import { type KeptDatabase, OvsPasses, type OvsPassesParts } from "#cni/plumbing/ovs-passes.ts";
import type { NodeTap, NodeTapStatus } from "#src/api/node/node-taps.ts";
import { ovnNodeSpecSchema } from "#src/api/node/node-taps.ts";
import { AppError } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import type { OvsTapping } from "./ovs-tapping.ts";
import { tapOperations } from "./tap-operations.ts";
import { planTaps } from "./tap-plan.ts";

/** The database of Open vSwitch, as far as taps are concerned. */
export interface TapDatabase extends KeptDatabase {
  /** Undefined while the database or the integration bridge is not seen. */
  readonly tapping: OvsTapping | undefined;
}

export interface TapKeeperParts extends OvsPassesParts {
  readonly database: TapDatabase;
}

const changeLimitMs = 10_000;
/** Each round looks at what has become of the one before. */
const maxRounds = 5;
const tapsMetric = "ovn4nfv_agent_taps";

/**
 * Keeps the mirrors and tunnels of this node equal to the plan (tap-plan.ts). Rows that the agent has not made stay as they are.
 * Before the API server has said what is wanted nothing is changed, so that a tap goes on while the agent restarts.
 */
export class TapKeeper {
  readonly #parts: TapKeeperParts;
  readonly #passes: OvsPasses<readonly NodeTapStatus[]>;
  #wanted: readonly NodeTap[] | undefined;

  constructor(parts: TapKeeperParts) {
    this.#parts = parts;
    this.#passes = new OvsPasses("taps", parts);
  }

  /** The words about each tap; undefined before the first pass. */
  get taps(): readonly NodeTapStatus[] | undefined {
    return this.#passes.found;
  }

  /** The listener is called after each change of `taps`. */
  onTaps(listener: () => void): void {
    this.#passes.onFound(listener);
  }

  /** Takes the OvnNode of this node in each of its states; undefined while there is none. */
  readonly nodeChanged = (node: KubeObject | undefined): void => {
    const spec = ovnNodeSpecSchema.safeParse(node?.["spec"] ?? {});
    if (!spec.success) {
      this.#parts.logger.warn({ err: spec.error }, "taps of the node cannot be read");
      return;
    }
    const { taps = [] } = spec.data;
    if (this.#wanted !== undefined && JSON.stringify(taps) === JSON.stringify(this.#wanted)) return;
    this.#wanted = taps;
    this.#passes.ask();
  };

  /** Makes a pass after each change. It never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const { database } = this.#parts;
    // Ports of pods come and go all the time, and matter only where there are taps.
    const matters = () => this.#wanted === undefined || this.#wanted.length > 0 || hasOwnRows(database.tapping);
    const markOf = () => (matters() ? printTapping(database.tapping) : undefined);
    return this.#passes.run((stop) => this.pass(stop), markOf, signal);
  }

  /** One pass. Throws the errors of a transaction. */
  async pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { database, clock, logger } = this.#parts;
    const wanted = this.#wanted;
    if (wanted === undefined) return {};
    for (let round = 1; round <= maxRounds; round += 1) {
      const { tapping, changes } = database;
      if (tapping === undefined) return {};
      const plan = planTaps(wanted, tapping);
      const operations = tapOperations(plan, tapping);
      if (operations.length === 0) {
        this.#passes.report(plan.seen, (before) => this.#tell(plan.seen, before));
        return {};
      }
      const options = { signal, deadlineMs: clock.monotonicMs() + changeLimitMs };
      await this.#passes.change(operations, options);
      const { mirrors, tunnels } = plan;
      logger.info({ mirrors: mirrors.length, tunnels: tunnels.length }, "mirrors of taps written");
      await database.whenChanged(changes, options);
    }
    throw new AppError("RowsChanged", "the mirrors of the node did not stay as they were made");
  }

  #tell(taps: readonly NodeTapStatus[], before: readonly NodeTapStatus[] | undefined): void {
    const { metrics, logger } = this.#parts;
    for (const state of ["Active", "Waiting", "Refused"] as const) {
      metrics.set(tapsMetric, { state: state.toLowerCase() }, taps.filter((one) => one.state === state).length);
    }
    for (const { uid, state, reason, message } of taps) {
      const known = before?.find((one) => one.uid === uid);
      if (known?.reason === reason) continue;
      const fields = { tap: uid, state, reason, why: message };
      if (state === "Refused") logger.warn(fields, "tap refused");
      else logger.info(fields, "tap changed");
    }
  }
}

function hasOwnRows(tapping: OvsTapping | undefined): boolean {
  return tapping !== undefined && tapping.mirrors.length + tapping.tunnels.length > 0;
}

function printTapping(tapping: OvsTapping | undefined): string {
  if (tapping === undefined) return "";
  const { ports, tunnels, ...rest } = tapping;
  const printed = tunnels.map(({ options, ...tunnel }) => ({ ...tunnel, options: [...options] }));
  return JSON.stringify({ ...rest, ports: [...ports], tunnels: printed });
}
