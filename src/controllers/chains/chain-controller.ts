// Keeps chains in NB while the cluster runs: a NetworkChaining becomes router policies that send the traffic between two
// networks through pods, and the ports of those pods let it pass.
import type { RowChange } from "ovsdb-client";
import { hasLabels } from "#src/api/network/label-selector.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { Failures } from "#src/core/failures.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { changedHandler } from "#src/kube/informer/changed-handler.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";
import { chainRows, chainScope, chainsWithRows } from "#src/ovn/rows/chain-rows.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { forwardPort } from "#src/ovn/ports/port-operations.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { networkRouterPort } from "#src/ovn/rows/topology.ts";
import { topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { OrphanedRows } from "../northbound/orphaned-rows.ts";
import type { DesiredRow } from "#src/ovn/owned/owned-rows.ts";
import { touchedBy } from "../northbound/touched-networks.ts";
import type { NetworkedPods } from "../pods/networked-pods.ts";
import type { RouterPortUsers } from "../topology/router-port-users.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { switchesFirst } from "../topology/switches-first.ts";
import { type ChainDecision, type ChainWorld, decideChains, keepsRows, providerEnds } from "./chain-decision.ts";
import { type FunctionPod, type MemberNetwork, projectMemberNetwork, projectMemberProvider } from "./chain-members.ts";
import { type ChainObject, projectChain, withoutNodus } from "./chain-object.ts";
import { forwardingChanges, ForwardingPorts, type PodPort, portsOfNetwork } from "./chain-ports.ts";
import { ChainTeller } from "./chain-teller.ts";
import { planDynamicNetworks } from "./dynamic-networks.ts";
import { NetworkMaker } from "./network-maker.ts";

export interface ChainControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  readonly pods: Pick<NetworkedPods, "follow" | "byIndex">;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly events: Pick<EventRecorder, "record">;
  /** The prefixes of the networks that chains name and that nobody has made. When it is empty none is made. */
  readonly chainSubnets: readonly Cidr[];
  /** The time that rows must be without their chain before they are removed, where nobody saw the chain go. */
  readonly settleMs: number;
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
export class ChainController implements RouterPortUsers {
  readonly #options: ChainControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #chains: Informer<ChainObject, "uid">;
  readonly #networks: Informer<MemberNetwork>;
  /** A cluster may be without this kind, so that nobody waits for it. */
  readonly #providers: Informer<MemberNetwork>;
  readonly #writer: RowWriter;
  readonly #orphans: OrphanedRows;
  readonly #teller: ChainTeller;
  readonly #maker: NetworkMaker;
  readonly #forwarding = new ForwardingPorts();
  readonly #podHandler: InformerHandler<FunctionPod> = {
    added: (pod) => {
      this.#podChanged(pod);
    },
    updated: (old, pod) => {
      this.#podChanged(old, pod);
    },
    deleted: (pod) => {
      this.#podChanged(pod);
    },
  };
  /** Pods of functions, by UID, as the last pass saw them. */
  #members: ReadonlySet<string> = new Set();
  readonly #listeners = new Set<() => void>();
  #ends: ReadonlySet<string> | undefined;

  constructor(options: ChainControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, events, settleMs, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#api = new ResourceApi(client, resources.networkChainings);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#writer = new RowWriter(nb, cluster);
    this.#teller = new ChainTeller({ api: this.#api, events, clock, logger, metrics });
    this.#maker = new NetworkMaker({
      networks: new ResourceApi(client, resources.networks),
      liveChains: async (call) => {
        const { items } = await this.#api.list({}, call);
        return new Set(items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? metadata.uid : [])));
      },
      hasPool: options.chainSubnets.length > 0,
      logger,
    });
    this.#orphans = new OrphanedRows({
      kind: "chain",
      liveUids: async (call) => new Set((await this.#api.list({}, call)).items.map(({ metadata }) => metadata.uid)),
      isKnown: (uid) => this.#chains.byIndex("uid", uid).length > 0,
      isAdopter: () => false,
      withRows: () => chainsWithRows(this.#writer.owned),
      remove: (uid, call) => this.#writer.bring(chainScope(uid), [], [], call),
      settleMs,
      clock,
      logger,
    });
    this.#chains = new Informer({
      ...parts,
      name: controller,
      resource: resources.networkChainings,
      project: projectChain,
      indexers: { uid: ({ uid }) => [uid] },
    });
    this.#networks = new Informer({
      ...parts,
      name: "chain-networks",
      resource: resources.networks,
      project: projectMemberNetwork,
      indexers: {},
    });
    this.#providers = new Informer({
      ...parts,
      name: "chain-providers",
      resource: resources.providerNetworks,
      project: projectMemberProvider,
      indexers: {},
    });
  }

  /** The ProviderNetworks at the ends of chains; undefined until chains and ProviderNetworks were read. */
  get ends(): ReadonlySet<string> | undefined {
    return this.#ends;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
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
        this.#teller.forget(uid);
        this.#orphans.deleted(uid);
        look();
      },
    });
    for (const members of [this.#networks, this.#providers]) members.addHandler(changedHandler(look));
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        this.#nbChanged(changes);
      },
      synced: () => {
        this.#writer.changed();
        this.#forwarding.read(nb);
        look();
      },
      lost: () => {},
    });
    // The first pass covers rows that exist already: no event will report them.
    this.#forwarding.read(nb);
    look();
    const reconcile = (_key: string, stop: AbortSignal) => this.#reconcile(stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watched = [this.#chains, this.#networks];
    const informing = [...watched, this.#providers].map((one) => one.run(signal));
    void this.#providers.whenSynced({ signal }).then(look, () => {});
    // Before chains and networks are known every row would seem to be of a chain that is gone.
    await Promise.all(watched.map((one) => one.whenSynced({ signal }))).catch(() => undefined);
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    unfollow();
    this.#queue.close();
  }

  async #reconcile(signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, pods, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    const all = [...this.#chains.values()].sort(compareAge);
    if (all.length > 0) {
      // Where nobody has chains no pod is watched for them.
      await pods.follow(this.#podHandler, options);
    }
    const world = this.#world();
    const current = all.filter((chain) => !chain.deleting);
    const networks = planDynamicNetworks(current, world.networks, this.#options.chainSubnets, this.#routerPrefixes());
    // Chains whose Networks are there go on while another Network cannot be made, as when our own webhook is away.
    const failures = new Failures();
    const isMade = await failures.try(() => this.#maker.bring(networks, options));
    // The next pass finds what was made.
    if (isMade === true) return { requeueAfterMs: checkAgainMs };
    const decisions = decideChains(current, world);
    const deleting = all.filter((chain) => chain.deleting);
    const { failed, settlesInMs } = await this.#write(decisions, deleting, options);
    // A status that cannot be written is no reason to leave out the chains behind it.
    for (const [chain, decision] of decisions) {
      if (!failed.has(chain)) await failures.try(() => this.#teller.tell(chain, decision, options));
    }
    for (const chain of deleting) {
      if (!failed.has(chain)) await failures.try(() => this.#letGo(chain, options));
    }
    if (this.#providers.hasSynced) this.#setEnds(providerEnds(current, world.networks));
    this.#teller.measure(decisions.values());
    const isWaiting = [...decisions.values()].some(
      (decision) => decision.kind === "chained" && decision.hops.some(({ problems }) => problems.length > 0),
    );
    for (const error of failed.values()) failures.add(error);
    failures.throwFirst();
    const again = [...settlesInMs, ...(isWaiting ? [checkAgainMs] : [])];
    return again.length === 0 ? {} : { requeueAfterMs: Math.min(...again) };
  }

  #world(): ChainWorld {
    const { nb, pods, cluster } = this.#options;
    const ports = new Map<string, readonly PodPort[]>();
    return {
      networks: switchesFirst([...this.#networks.values(), ...this.#providers.values()], this.#writer.owned),
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
      pods: (namespace) => pods.byIndex("namespace", namespace),
      whyNotMade: (name) => this.#maker.whyNot(name),
    };
  }

  /**
   * Ports let packets pass before the first packet is sent to them, and until no packet is sent to them any more. Gives the chains
   * whose rows could not be written, with the error: the rows of one chain are no reason to leave out another one. Gives as well
   * after which times rows without a chain are to be looked at again.
   */
  async #write(
    decisions: ReadonlyMap<ChainObject, ChainDecision>,
    deleting: readonly ChainObject[],
    options: CallOptions,
  ): Promise<{ readonly failed: ReadonlyMap<ChainObject, unknown>; readonly settlesInMs: readonly number[] }> {
    const { nb, cluster } = this.#options;
    const wanted = new Map<string, string>();
    for (const decision of decisions.values()) {
      if (decision.kind !== "chained") continue;
      for (const { forwarding } of decision.hops) for (const port of forwarding) wanted.set(port, decision.path.uid);
    }
    const ports = nb.rows(controllerPort);
    const changes = forwardingChanges(ports, { wanted, forwarding: this.#forwarding.uuids, cluster });
    this.#members = new Set(
      [...wanted.keys()].flatMap((uuid) => portOwner(ports.get(uuid)?.external_ids ?? new Map())?.podUid ?? []),
    );
    await this.#writer.write(changes.filter(({ chain }) => chain !== undefined).flatMap(forwardPort), options);
    const failed = new Map<ChainObject, unknown>();
    const bring = async (chain: ChainObject, rows: readonly DesiredRow[]): Promise<void> => {
      await this.#writer.bring(chainScope(chain.uid), rows, [], options).catch((error: unknown) => {
        failed.set(chain, error);
      });
    };
    for (const [chain, decision] of decisions) {
      if (decision.kind === "refused" && keepsRows(chain, decision)) continue;
      const rows = decision.kind === "chained" ? chainRows(decision.path) : [];
      await bring(chain, rows);
    }
    for (const chain of deleting) await bring(chain, []);
    const settlesInMs: number[] = [];
    for (const uid of this.#orphans.candidates()) {
      const { requeueAfterMs } = await this.#orphans.reconcile(uid, options);
      if (requeueAfterMs !== undefined) settlesInMs.push(requeueAfterMs);
    }
    await this.#writer.write(changes.filter(({ chain }) => chain === undefined).flatMap(forwardPort), options);
    return { failed, settlesInMs };
  }

  /** Takes the finalizer of Nodus from a chain that is being deleted. Its rows are gone by now. */
  async #letGo(chain: ChainObject, options: { readonly signal: AbortSignal }): Promise<void> {
    const finalizers = withoutNodus(chain);
    if (finalizers === undefined) return;
    const { namespace, name, uid, resourceVersion } = chain;
    const body = { metadata: { uid, resourceVersion, finalizers } };
    await this.#api.patchIfThere({ namespace, name }, "merge", body, options);
  }

  /** The prefixes of all ports of routers that are ours. */
  #routerPrefixes(): readonly Cidr[] {
    return [...this.#writer.owned.rows.values()].flatMap(({ table, row }) => {
      if (table.name !== topologyRouterPort.name) return [];
      return [...(row["networks"] as Iterable<string>)].flatMap((text) => parseCidr(text)?.cidr ?? []);
    });
  }

  #setEnds(ends: ReadonlySet<string>): void {
    const before = this.#ends;
    this.#ends = ends;
    if (before?.size === ends.size && [...ends].every((uid) => before.has(uid))) return;
    for (const listener of this.#listeners) listener();
  }

  #podChanged(...states: readonly FunctionPod[]): void {
    for (const { config } of this.#chains.values()) {
      if (typeof config === "string") continue;
      const isMember = states.some(
        (pod) =>
          pod.namespace === config.namespace && config.functions.some(({ labels }) => hasLabels(pod.labels, labels)),
      );
      if (isMember) this.#queue.add(everything);
    }
  }

  #nbChanged(changes: readonly RowChange[]): void {
    this.#forwarding.changed(changes);
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
