// Lets one of two gateways carry on alone when the other one is gone. OVN takes a chassis without any live tunnel for cut off,
// unless it is alone in its group; so the chassis that is gone leaves the group, and comes back by itself. With three chassis
// or more, BFD alone decides.
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import type { ChassisOwners } from "../chassis/chassis-owners.ts";
import type { SouthboundOptions } from "../chassis/southbound-chassis.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { ChassisAnswers, type ChassisAnswersOptions } from "./chassis-answers.ts";
import { GatewayLeases } from "./gateway-leases.ts";
import { nextStep, type SeenMember, type SeenPair } from "./next-step.ts";

export interface FailOverOptions {
  readonly nb: Pick<NbFeed, "waitForSession">;
  /** Without the Southbound database no chassis leaves its group, since nobody sees whether it is gone. */
  readonly sb: SouthboundOptions | undefined;
  readonly client: ApiClient;
  /** The namespace of the installation, where the Leases of gateway nodes are. */
  readonly namespace: string;
  /** The time for which a Lease is kept that nobody needs. */
  readonly settleMs: number;
  readonly chassis: Pick<ChassisOwners, "nodeOf" | "disputed">;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The part that the makers of gateways use. */
export type PairedGateways = Pick<FailOver, "outOf" | "forget" | "onChange" | "seesChassis" | "disputed">;

/** The members of a gateway, as they are known besides the chassis that may carry it now. */
export interface AroundPair {
  /** Finds the chassis that NB has out of the group. */
  readonly inNb: (pair: readonly string[]) => string | undefined;
  /** The chassis that would carry it if their wires were ready. */
  readonly absent?: readonly string[];
}

interface Gateway {
  readonly pair: readonly [string, string];
  readonly out: string | undefined;
}

const controller = "fail-over";
const keys = { leases: "leases", pairs: "pairs" } as const;
const retryLimits = { initialMs: 200, maxMs: 2_000, ratePerSecond: 5, burst: 10 };
/** Silence is no event, so that it is looked for after this time. */
const lookMs = 500;
const callMs = 5_000;
const membersOut = "ovn4nfv_gateway_members_out";

/** Runs while this process leads. It only decides: whoever makes the rows of a gateway asks it for the member that is out. */
export class FailOver {
  readonly #options: FailOverOptions;
  readonly #queue: WorkQueue;
  readonly #leases: GatewayLeases;
  readonly #answers: ChassisAnswers | undefined;
  readonly #gateways = new Map<string, Gateway>();
  readonly #listeners = new Set<(scope: string) => void>();

  constructor(options: FailOverOptions) {
    this.#options = options;
    const { nb, sb, client, namespace, settleMs, clock, logger, metrics } = options;
    const limiter = new RetryLimiter(retryLimits);
    this.#queue = new WorkQueue({ name: controller, clock, metrics, limiter });
    const look = (): void => {
      this.#queue.add(keys.pairs);
    };
    const changed = (): void => {
      look();
      this.#queue.add(keys.leases);
    };
    this.#leases = new GatewayLeases({ client, namespace, settleMs, onChange: changed, clock, logger, metrics });
    if (sb !== undefined) this.#answers = openAnswers({ nb, sb, onAnswer: look, clock, logger });
  }

  /** False where nobody named the Southbound database in a way that can be used, so that nothing is done for pairs. */
  get seesChassis(): boolean {
    return this.#answers !== undefined;
  }

  /**
   * The chassis that is to be out of the group of this scope, or undefined. The one that NB has out stays out until there is a reason for
   * another decision, since another leader has made it.
   */
  outOf(scope: string, chassis: readonly string[], { inNb, absent = [] }: AroundPair): string | undefined {
    const [first, second] = chassis;
    const known = this.#gateways.get(scope);
    if (first !== undefined && chassis.length === 1) {
      // The member that is out may come and go, as its wire does. It is not back in the group because of that.
      const out = known === undefined ? absent.find((one) => inNb([first, one]) === one) : known.out;
      if (out !== undefined && out !== first && absent.includes(out)) {
        if (known === undefined) this.#learn(scope, { pair: [first, out], out });
        return out;
      }
    }
    if (first === undefined || second === undefined || chassis.length > 2) {
      this.forget(scope);
      return undefined;
    }
    if (known?.pair.includes(first) && known.pair.includes(second)) return known.out;
    const pair = [first, second] as const;
    const out = inNb(pair);
    this.#learn(scope, { pair, out });
    return out;
  }

  /** The nodes that publish these chassis when nobody can say whose they are. Then neither of them leaves its group. */
  disputed(chassis: readonly string[]): readonly string[] {
    return this.#options.chassis.disputed(chassis);
  }

  /** Called when there is no such gateway any more. */
  forget(scope: string): void {
    if (!this.#gateways.delete(scope)) return;
    this.#count();
    this.#addBoth();
  }

  /** Calls `listener` with each scope whose member that is out is another one than before. The returned function removes it. */
  onChange(listener: (scope: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    this.#count();
    const reconcile = (key: string, stop: AbortSignal) => {
      // Clusters without a pair of gateways need no connection.
      if (this.#gateways.size > 0) this.#answers?.start(signal);
      return this.#reconcile(key, stop);
    };
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watching = this.#leases.run(signal);
    await this.#leases.whenSynced({ signal }).catch(() => undefined);
    this.#addBoth();
    await Promise.all([watching, runReconcileLoop(loop, signal)]);
    await this.#answers?.close();
    this.#queue.close();
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const options = { signal, deadlineMs: this.#options.clock.monotonicMs() + callMs };
    if (key === keys.leases) await this.#leases.bring(this.#needed(), options);
    else for (const [scope, gateway] of [...this.#gateways]) await this.#decide(scope, gateway, options);
    return this.#gateways.size === 0 && !this.#leases.hasUnneeded ? {} : { requeueAfterMs: lookMs };
  }

  /** The chassis that each node is to tell of. */
  #needed(): ReadonlyMap<string, ReadonlySet<string>> {
    const needed = new Map<string, Set<string>>();
    for (const { pair } of this.#gateways.values()) {
      for (const [index, chassis] of pair.entries()) {
        const node = this.#options.chassis.nodeOf(chassis);
        if (node === undefined) continue;
        const peers = needed.get(node) ?? new Set();
        needed.set(node, peers.add(pair[1 - index] ?? ""));
      }
    }
    return needed;
  }

  async #decide(scope: string, gateway: Gateway, options: CallOptions): Promise<void> {
    const step = nextStep(this.#seen(gateway));
    if (step.kind === "ask") await this.#answers?.ask(options);
    if (step.kind !== "take-out" && step.kind !== "put-back") return;
    const { chassis } = step;
    if (step.kind === "take-out" && !(await this.#isStillSilent(chassis, options))) return;
    // Something may have been heard in the meantime, and the gateway may be another one.
    const again = nextStep(this.#seen(gateway));
    if (again.kind !== step.kind || again.chassis !== chassis || this.#gateways.get(scope) !== gateway) return;
    this.#gateways.set(scope, { ...gateway, out: step.kind === "take-out" ? chassis : undefined });
    this.#tell(scope, gateway, step);
  }

  #seen({ pair, out }: Gateway): SeenPair {
    const [first, second] = pair;
    // Where nobody can be asked everybody counts as having answered: nobody is taken out then, and who is out may come back.
    const answers = this.#answers;
    const members = (chassis: string): SeenMember => {
      const node = this.#options.chassis.nodeOf(chassis);
      const answeredMs = answers === undefined ? 0 : answers.answeredMs(chassis);
      if (node === undefined) return { silentMs: undefined, heardMs: 0, tunnel: undefined, answeredMs };
      const tunnel = this.#leases.tunnels(node)[chassis === first ? second : first];
      return { ...this.#leases.heard(node), tunnel, answeredMs };
    };
    return { chassis: pair, out, members, askedMs: answers === undefined ? 0 : answers.askedMs };
  }

  /** Looks once more at what the watches say: both the Lease and the answer may have come by now. */
  async #isStillSilent(chassis: string, options: CallOptions): Promise<boolean> {
    const node = this.#options.chassis.nodeOf(chassis);
    if (node === undefined || this.#answers === undefined) return false;
    return (await this.#leases.isAsKnown(node, options)) && !(await this.#answers.hasAnswered(chassis, options));
  }

  #tell(
    scope: string,
    { pair }: Gateway,
    { kind, chassis }: { readonly kind: string; readonly chassis: string },
  ): void {
    const { events, logger } = this.#options;
    const survivor = pair.find((one) => one !== chassis) ?? "";
    const fields = { scope, chassis, survivor };
    const node = this.#options.chassis.nodeOf(chassis) ?? chassis;
    const { nodes } = resources;
    const subject = { apiVersion: nodes.version, kind: nodes.kind, name: node, uid: node };
    if (kind === "take-out") {
      logger.warn(fields, "chassis is gone, so that the other one carries the gateway alone");
      const message = `the node carries no gateway: its agent and its ovn-controller are silent, and ${survivor} has no tunnel to it. ${survivor} carries on alone`;
      events.record({ subject, type: "Warning", reason: "GatewayMemberOut", message });
    } else {
      logger.info(fields, "chassis is back in the group of the gateway");
      const message = `the node may carry the gateway again, together with ${survivor}`;
      events.record({ subject, type: "Normal", reason: "GatewayMemberBack", message });
    }
    this.#count();
    for (const listener of this.#listeners) listener(scope);
  }

  #learn(scope: string, gateway: Gateway): void {
    this.#gateways.set(scope, gateway);
    this.#count();
    this.#addBoth();
  }

  #count(): void {
    const out = [...this.#gateways.values()].filter((gateway) => gateway.out !== undefined);
    this.#options.metrics.set(membersOut, {}, out.length);
  }

  #addBoth(): void {
    this.#queue.add(keys.leases);
    this.#queue.add(keys.pairs);
  }
}

/** A leader that stops for a malformed address would stop all other controllers. So it goes on without the Southbound database. */
function openAnswers(options: ChassisAnswersOptions): ChassisAnswers | undefined {
  try {
    return new ChassisAnswers(options);
  } catch (caught) {
    if (!hasCode(caught, "ConfigInvalid")) throw caught;
    const cure = "write --sb (OVN4NFV_SB) as tcp:ADDRESS:PORT or ssl:ADDRESS:PORT, with commas between several";
    options.logger.error({ err: caught, cure }, "flag --sb is wrong, so that of two gateways neither carries on alone");
    return undefined;
  }
}
