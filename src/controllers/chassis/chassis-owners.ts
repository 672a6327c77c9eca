// Says whose a chassis is when several nodes publish it: by what the agent of a node cannot write, else whose it was before. So
// a stolen token of one agent neither ends the fail-over of another chassis nor puts it into a gateway.
import * as z from "zod";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { type Claimant, findOwner } from "./chassis-proof.ts";
import type { NodeChassis } from "./node-chassis.ts";
import { SouthboundChassis, type SouthboundOptions } from "./southbound-chassis.ts";

type Published = Pick<NodeChassis, "of" | "whenSynced" | "claimantsOf" | "holderOf" | "sharedIds" | "onChange">;

export interface ChassisOwnersOptions {
  readonly published: Published;
  /** Without the Southbound database nothing is proven, and who was the first keeps the chassis. */
  readonly sb: SouthboundOptions | undefined;
  readonly client: ApiClient;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The part that the makers of gateways use. */
export type GatewayChassis = Pick<ChassisOwners, "of" | "whenSynced" | "isRefuted" | "onChange">;

const controller = "chassis-owners";
const key = "claims";
const callMs = 10_000;
/** Host names and addresses change without a word to us. */
const againMs = 30_000;
/** A thief of many tokens causes no more Events than this. */
const mostTold = 8;

const hostnameLabel = "kubernetes.io/hostname";
const nameTypes: ReadonlySet<string> = new Set(["Hostname", "InternalDNS"]);
const nodeSchema = z.looseObject({
  status: z
    .looseObject({ addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).nullish() })
    .nullish(),
});

/** The part of a Node by which a chassis can be known as its own. */
export function claimantOf(raw: KubeObject): Claimant {
  const { name, labels = {} } = raw.metadata;
  const addresses = nodeSchema.safeParse(raw).data?.status?.addresses ?? [];
  const named = addresses.filter(({ type }) => nameTypes.has(type)).map(({ address }) => address);
  return {
    node: name,
    hostnames: [labels[hostnameLabel] ?? "", ...named].filter((one) => one !== ""),
    addresses: addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address),
  };
}

/** Runs while this process leads. Where no chassis has two claims, it reads and writes nothing. */
export class ChassisOwners {
  readonly #options: ChassisOwnersOptions;
  readonly #nodes: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #southbound: SouthboundChassis | undefined;
  readonly #proven = new Map<string, string>();
  /** The last news of each chassis, so that they are told once. */
  readonly #told = new Map<string, string>();
  readonly #listeners = new Set<(node: string) => void>();

  constructor(options: ChassisOwnersOptions) {
    this.#options = options;
    const { client, sb, clock, logger, metrics } = options;
    this.#nodes = new ResourceApi(client, resources.nodes);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    if (sb !== undefined) this.#southbound = openSouthbound(sb, { clock, logger });
  }

  /** The system id that the node publishes; see `NodeChassis.of`. */
  of(node: string): string | undefined {
    return this.#options.published.of(node);
  }

  /** Resolves when `of` knows all nodes. Rejects when the deadline has passed, or when the watch ends before. */
  whenSynced(options: CallOptions): Promise<void> {
    return this.#options.published.whenSynced(options);
  }

  /** The node whose chassis it is; undefined when none publishes it, or when nobody can say which of several. */
  nodeOf(systemId: string): string | undefined {
    const { published } = this.#options;
    const claimants = published.claimantsOf(systemId);
    if (claimants.length < 2) return claimants[0];
    const proven = this.#proven.get(systemId);
    return proven !== undefined && claimants.includes(proven) ? proven : published.holderOf(systemId);
  }

  /** True when the node publishes the chassis of another one. */
  isRefuted(node: string): boolean {
    const systemId = this.of(node);
    if (systemId === undefined || systemId === "") return false;
    const owner = this.nodeOf(systemId);
    return owner !== undefined && owner !== node;
  }

  /** The nodes that publish one of these chassis when nobody can say whose it is. */
  disputed(chassis: readonly string[]): readonly string[] {
    return chassis.flatMap((systemId) =>
      this.nodeOf(systemId) === undefined ? this.#options.published.claimantsOf(systemId) : [],
    );
  }

  /** Calls `listener` with each node whose chassis, or whose right to it, may be another one. The returned function removes it. */
  onChange(listener: (node: string) => void): () => void {
    this.#listeners.add(listener);
    const leave = this.#options.published.onChange(listener);
    return () => {
      leave();
      this.#listeners.delete(listener);
    };
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { published, clock, logger, metrics } = this.#options;
    const leave = published.onChange(() => {
      if (published.sharedIds.size > 0 || this.#told.size > 0) this.#queue.add(key);
    });
    if (published.sharedIds.size > 0) this.#queue.add(key);
    const reconcile = (_key: string, stop: AbortSignal) => this.#reconcile(stop, signal);
    await runReconcileLoop({ controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics }, signal);
    leave();
    await this.#southbound?.close();
    this.#queue.close();
  }

  async #reconcile(signal: AbortSignal, running: AbortSignal): Promise<ReconcileResult> {
    const { published, clock } = this.#options;
    const shared = [...published.sharedIds];
    for (const systemId of this.#told.keys()) {
      if (shared.includes(systemId)) continue;
      this.#told.delete(systemId);
      this.#proven.delete(systemId);
    }
    for (const systemId of shared) {
      const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
      const claimants = published.claimantsOf(systemId);
      const holder = published.holderOf(systemId);
      const likelyFirst = claimants.toSorted((a, b) => Number(b === holder) - Number(a === holder));
      const proven = await this.#prove(systemId, likelyFirst, running, options);
      if (proven === undefined) this.#proven.delete(systemId);
      else this.#proven.set(systemId, proven);
      this.#tell(systemId, claimants);
    }
    return shared.length === 0 ? {} : { requeueAfterMs: againMs };
  }

  async #prove(systemId: string, nodes: readonly string[], running: AbortSignal, options: CallOptions) {
    if (this.#southbound === undefined) return undefined;
    const chassis = await this.#southbound.find(systemId, running, options);
    if (chassis === undefined) return undefined;
    return findOwner(chassis, nodes, async (name) => {
      const node = await this.#nodes.find({ name }, options);
      return node && claimantOf(node);
    });
  }

  #tell(systemId: string, claimants: readonly string[]): void {
    const { events, logger } = this.#options;
    const owner = this.nodeOf(systemId);
    const says = `${owner ?? ""}: ${claimants.join()}`;
    if (this.#told.get(systemId) === says) return;
    this.#told.set(systemId, says);
    logger.warn({ systemId, nodes: claimants, owner }, "several nodes publish the same chassis");
    const { version: apiVersion, kind } = resources.nodes;
    for (const node of claimants.filter((one) => one !== owner).slice(0, mostTold)) {
      const message =
        owner === undefined
          ? `${claimants.join(", ")} all publish the chassis ${systemId}, and neither a host name nor a tunnel address says whose it is. As a gateway it does not fail over: give each Open vSwitch a system id of its own`
          : `the agent publishes the chassis ${systemId}, which is that of the node ${owner}. The node counts for no gateway: correct external_ids:system-id of its Open vSwitch; where that is right, the token of the agent is in wrong hands`;
      const subject = { apiVersion, kind, name: node, uid: node };
      events.record({
        subject,
        type: "Warning",
        reason: owner === undefined ? "ChassisDisputed" : "ChassisOfAnother",
        message,
      });
    }
    for (const node of claimants) for (const listener of this.#listeners) listener(node);
  }
}

/** The controller says elsewhere that the address is malformed. */
function openSouthbound(
  sb: SouthboundOptions,
  parts: { readonly clock: Clock; readonly logger: Logger },
): SouthboundChassis | undefined {
  try {
    return new SouthboundChassis(sb, parts);
  } catch (caught) {
    if (!hasCode(caught, "ConfigInvalid")) throw caught;
    return undefined;
  }
}
