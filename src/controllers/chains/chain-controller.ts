// Keeps chains in NB while the cluster runs: a NetworkChaining becomes router policies that send the traffic between two
// networks through pods, and the ports of those pods let it pass.
import type { RowChange } from "ovsdb-client";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type ChainStatus, chainStatusSchema } from "#src/api/chain/chain-schema.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { chainRows, chainScope, chainScopes } from "#src/ovn/rows/chain-rows.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { forwardPort } from "#src/ovn/port-operations.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { networkRouterPort } from "#src/ovn/rows/topology.ts";
import { isSameStatus, type StatusCondition, newsIn } from "../conditions/conditions.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import { touchedBy } from "../northbound/touched-networks.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { type ChainDecision, type ChainWorld, decideChains, keepsRows } from "./chain-decision.ts";
import {
  type FunctionPod,
  isSelected,
  type MemberNetwork,
  projectFunctionPod,
  projectMemberNetwork,
} from "./chain-members.ts";
import { type ChainObject, projectChain, withoutNodus } from "./chain-object.ts";
import { forwardingChanges, type PodPort, portsOfNetwork } from "./chain-ports.ts";
import { chainStatus } from "./chain-status.ts";

export interface ChainControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "chains";
/** Chains depend on each other, and there are few. So one pass looks at all of them. */
const everything = "all";
const callMs = 15_000;
/** A pod may be ready before the port says that it is the pod's, and a message about that may be missed. */
const checkAgainMs = 5_000;

/** Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided. */
export class ChainController {
  readonly #options: ChainControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #chains: Informer<ChainObject>;
  readonly #networks: Informer<MemberNetwork>;
  readonly #pods: Informer<FunctionPod, "namespace">;
  readonly #writer: RowWriter;
  /** Pods of functions, by UID, as the last pass saw them. */
  #members: ReadonlySet<string> = new Set();
  #watchingPods: Promise<void> | undefined;
  /** The status that was written last for a chain, and the version of the chain for which it was. */
  readonly #told = new Map<string, { readonly resourceVersion: string; readonly status: ChainStatus }>();

  constructor(options: ChainControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#api = new ResourceApi(client, resources.networkChainings);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#writer = new RowWriter(nb, cluster);
    this.#chains = new Informer({
      ...parts,
      name: controller,
      resource: resources.networkChainings,
      project: projectChain,
      indexers: {},
    });
    this.#networks = new Informer({
      ...parts,
      name: "chain-networks",
      resource: resources.networks,
      project: projectMemberNetwork,
      indexers: {},
    });
    this.#pods = new Informer({
      ...parts,
      name: "chain-pods",
      resource: resources.pods,
      labelSelector: annotationKeys.allocation.key,
      project: projectFunctionPod,
      indexers: { namespace: ({ namespace }) => [namespace] },
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const look = (): void => {
      this.#queue.add(everything);
    };
    this.#chains.addHandler({
      added: look,
      updated: look,
      deleted: ({ uid }) => {
        this.#told.delete(uid);
        look();
      },
    });
    this.#networks.addHandler({
      added: look,
      updated: (old, now) => {
        // The usage of a Network in its status changes again and again.
        if (JSON.stringify(old) !== JSON.stringify(now)) look();
      },
      deleted: look,
    });
    this.#pods.addHandler({
      added: (pod) => {
        this.#podChanged(pod);
      },
      updated: (old, pod) => {
        this.#podChanged(old, pod);
      },
      deleted: (pod) => {
        this.#podChanged(pod);
      },
    });
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#writer.changed();
        look();
      },
      lost: () => {},
    });
    // The first pass covers rows that exist already: no event will report them.
    look();
    const reconcile = (_key: string, stop: AbortSignal) => this.#reconcile(signal, stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watched = [this.#chains, this.#networks];
    const informing = watched.map((one) => one.run(signal));
    // Before chains and networks are known every row would seem to be of a chain that is gone.
    await Promise.all(watched.map((one) => one.whenSynced({ signal }))).catch(() => undefined);
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    await this.#watchingPods;
    unfollow();
    this.#queue.close();
  }

  async #reconcile(running: AbortSignal, signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    const all = [...this.#chains.values()].sort(compareAge);
    if (all.length > 0) {
      // Where nobody has chains no pod is watched for them.
      this.#watchingPods ??= this.#pods.run(running);
      await this.#pods.whenSynced(options);
    }
    const world = this.#world();
    const decisions = decideChains(
      all.filter(({ deleting }) => !deleting),
      world,
    );
    const failed = await this.#write(decisions, options);
    for (const [chain, decision] of decisions) {
      if (!failed.has(chain)) await this.#tell(chain, decision, options);
    }
    for (const chain of all) if (chain.deleting) await this.#letGo(chain, options);
    this.#measure(decisions);
    const isWaiting = [...decisions.values()].some(
      (decision) => decision.kind === "chained" && decision.hops.some(({ problems }) => problems.length > 0),
    );
    for (const error of failed.values()) throw error;
    return isWaiting ? { requeueAfterMs: checkAgainMs } : {};
  }

  #world(): ChainWorld {
    const { nb, cluster } = this.#options;
    const ports = new Map<string, readonly PodPort[]>();
    return {
      networks: [...this.#networks.values()],
      routerSubnets: ({ uid, name }) => {
        const row = this.#writer.owned.rows.get(`${uid}/${networkRouterPort(name)}`)?.row;
        const texts = row === undefined ? [] : [...(row["networks"] as Iterable<string>)];
        const subnets = texts.flatMap((text) => parseCidr(text)?.cidr ?? []);
        return subnets.length === 0 ? undefined : subnets;
      },
      ports: (uid) => {
        // Only the ports of networks of chains are read, since there may be many others.
        const known = ports.get(uid) ?? portsOfNetwork(nb, uid, cluster);
        ports.set(uid, known);
        return known;
      },
      pods: (namespace) => this.#pods.byIndex("namespace", namespace),
    };
  }

  /**
   * Ports let packets pass before the first packet is sent to them, and until no packet is sent to them any more. Gives the chains
   * whose rows could not be written, with the error: the rows of one chain are no reason to leave out another one.
   */
  async #write(
    decisions: ReadonlyMap<ChainObject, ChainDecision>,
    options: CallOptions,
  ): Promise<ReadonlyMap<ChainObject, unknown>> {
    const { nb, cluster } = this.#options;
    const wanted = new Map<string, string>();
    for (const decision of decisions.values()) {
      if (decision.kind !== "chained") continue;
      for (const { forwarding } of decision.hops) for (const port of forwarding) wanted.set(port, decision.path.uid);
    }
    const changes = forwardingChanges(nb, wanted, cluster);
    this.#members = new Set(
      [...nb.rows(controllerPort)].flatMap(([uuid, row]) => {
        return wanted.has(uuid) ? (portOwner(row.external_ids)?.podUid ?? []) : [];
      }),
    );
    await this.#writer.write(changes.filter(({ chain }) => chain !== undefined).flatMap(forwardPort), options);
    const failed = new Map<ChainObject, unknown>();
    for (const [chain, decision] of decisions) {
      if (decision.kind === "refused" && keepsRows(chain, decision)) continue;
      const rows = decision.kind === "chained" ? chainRows(decision.path) : [];
      await this.#writer.bring(chainScope(chain.uid), rows, [], options).catch((error: unknown) => {
        failed.set(chain, error);
      });
    }
    await this.#removeOrphans(new Set([...decisions.keys()].map(({ uid }) => uid)), options);
    await this.#writer.write(changes.filter(({ chain }) => chain === undefined).flatMap(forwardPort), options);
    return failed;
  }

  /** Removes the rows of chains that are gone, after a live read: a list from a cache may be older than the rows. */
  async #removeOrphans(known: ReadonlySet<string>, options: CallOptions): Promise<void> {
    const scopes = [...this.#writer.owned.rows.keys()].flatMap((id) => {
      const [scope, uid = ""] = id.split("/");
      return scope === chainScopes && !known.has(uid) ? [uid] : [];
    });
    if (scopes.length === 0) return;
    const { items } = await this.#api.list({}, options);
    const live = new Set(
      items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.uid] : [])),
    );
    for (const uid of new Set(scopes)) {
      if (live.has(uid)) continue;
      await this.#writer.bring(chainScope(uid), [], [], options);
      this.#options.logger.info({ uid }, "rows of a chain that is gone were removed");
    }
  }

  /** Writes the status when it says something new, and an Event for each condition with another reason than before. */
  async #tell(chain: ChainObject, decision: ChainDecision, options: { readonly signal: AbortSignal }): Promise<void> {
    const { clock, events, logger } = this.#options;
    const { namespace, name, uid, resourceVersion } = chain;
    const told = this.#told.get(uid);
    // The informer may not have seen yet what was written last.
    const before = told?.resourceVersion === resourceVersion ? told.status : chain.status;
    const status = chainStatus(decision, { ...chain, status: before }, new Date(clock.now()).toISOString());
    if (isSameStatus(chainStatusSchema, status, before)) return;
    await this.#patch(chain, { metadata: { uid }, status }, { ...options, subresource: "status" });
    this.#told.set(uid, { resourceVersion, status });
    const { networkChainings } = resources;
    const subject = { apiVersion: apiVersionOf(networkChainings), kind: networkChainings.kind, namespace, name, uid };
    for (const one of newsIn(status, before, isBad)) {
      const { type, reason, message } = one;
      logger.info({ namespace, chain: name, condition: type, reason, message }, "chain status changed");
      const told = message === "" ? "the traffic passes all functions of the chain" : message;
      events.record({ subject, type: isBad(one) ? "Warning" : "Normal", reason, message: told });
    }
  }

  /** Takes the finalizer of Nodus from a chain that is being deleted. Its rows are gone by now. */
  async #letGo(chain: ChainObject, options: { readonly signal: AbortSignal }): Promise<void> {
    const finalizers = withoutNodus(chain);
    if (finalizers === undefined) return;
    const { uid, resourceVersion } = chain;
    await this.#patch(chain, { metadata: { uid, resourceVersion, finalizers } }, options);
  }

  async #patch(
    { namespace, name }: ChainObject,
    body: object,
    options: { readonly signal: AbortSignal; readonly subresource?: string },
  ): Promise<void> {
    await this.#api.patchIfThere({ namespace, name }, "merge", body, options);
  }

  #measure(decisions: ReadonlyMap<ChainObject, ChainDecision>): void {
    const counts = { ready: 0, degraded: 0, refused: 0 };
    for (const decision of decisions.values()) {
      if (decision.kind === "refused") counts.refused += 1;
      else if (decision.hops.some(({ problems }) => problems.length > 0)) counts.degraded += 1;
      else counts.ready += 1;
    }
    for (const [state, count] of Object.entries(counts)) this.#options.metrics.set("ovn4nfv_chains", { state }, count);
  }

  #podChanged(...states: readonly FunctionPod[]): void {
    for (const { config } of this.#chains.values()) {
      if (typeof config === "string") continue;
      const isMember = states.some(
        (pod) => pod.namespace === config.namespace && config.functions.some(({ labels }) => isSelected(pod, labels)),
      );
      if (isMember) this.#queue.add(everything);
    }
  }

  #nbChanged(changes: readonly RowChange[]): void {
    const { own } = touchedBy(changes);
    if (own) this.#writer.changed();
    if (own || changes.some((change) => this.#isOfMember(change))) this.#queue.add(everything);
  }

  /** Most changes are ports of pods that have nothing to do with chains. */
  #isOfMember({ before, after }: RowChange): boolean {
    return [before, after].some((side) => {
      const ids = side?.["external_ids"] as ReadonlyMap<string, string> | undefined;
      if (ids === undefined) return false;
      return ids.has(externalId("forwards-for")) || this.#members.has(portOwner(ids)?.podUid ?? "");
    });
  }
}

function isBad({ type, status }: StatusCondition): boolean {
  return type === "Degraded" ? status === "True" : status === "False";
}
