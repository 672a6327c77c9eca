// Keeps taps while the cluster runs: it asks each node for the copies of its own pods' packets, by the spec of its OvnNode, and
// says in the status of a Tap what the agents have made of it.
import type { RowChange } from "ovsdb-client";
import type { NodeTap } from "#src/api/node/node-taps.ts";
import { type TapStatus, tapStatusSchema } from "#src/api/tap/tap-schema.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { Failures } from "#src/core/failures.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { changedHandler } from "#src/kube/informer/changed-handler.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import type { Cidr } from "#src/net/cidr.ts";
import { isSameStatus, newsIn } from "../conditions/conditions.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { isAlikeIn, type NetworkedPod } from "../pods/networked-pod.ts";
import type { NetworkedPods } from "../pods/networked-pods.ts";
import { projectOntoNodes } from "./node-projection.ts";
import { decideTaps, type TapDecision, type TapWorld } from "./tap-decision.ts";
import {
  isAskedFor,
  projectTapNetwork,
  projectTapNode,
  projectTapProvider,
  type TapNetwork,
  type TapNode,
} from "./tap-members.ts";
import { projectTap, type TapObject } from "./tap-object.ts";
import { readTapPorts } from "./tap-ports.ts";
import { type TapNodes, tapStatus } from "./tap-status.ts";

export interface TapControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  readonly pods: Pick<NetworkedPods, "follow" | "byIndex">;
  /** UID of kube-system. */
  readonly cluster: string;
  /** The prefixes of hosts outside that may get copies. */
  readonly targets: readonly Cidr[];
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "taps";
/** Taps are few and share sinks and nodes. So one pass looks at all of them. */
const everything = "all";
const callMs = 15_000;
/** Many pods that come at once need one pass. */
const gatherMs = 1_000;
/** The fields by which a pod is a source or a sink. */
const podFields = ["labels", "node", "ending", "finished"] as const;

/** Runs while this process leads. Two at once do no harm: they write the same. */
export class TapController {
  readonly #options: TapControllerOptions;
  readonly #api: ResourceApi;
  readonly #nodesApi: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #taps: Informer<TapObject>;
  readonly #networks: Informer<TapNetwork>;
  readonly #providers: Informer<TapNetwork>;
  readonly #nodes: Informer<TapNode>;
  readonly #podHandler: InformerHandler<NetworkedPod> = {
    added: () => {
      this.#look();
    },
    updated: (old, pod) => {
      if (!isAlikeIn(podFields, old, pod)) this.#look();
    },
    deleted: () => {
      this.#look();
    },
  };
  /** The status that was written last for a tap, and the version of the tap for which it was. */
  readonly #told = new Map<string, { readonly resourceVersion: string; readonly status: TapStatus }>();

  constructor(options: TapControllerOptions) {
    this.#options = options;
    const { client, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#api = new ResourceApi(client, resources.taps);
    this.#nodesApi = new ResourceApi(client, resources.ovnNodes);
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    const watch = { ...parts, indexers: {} };
    this.#taps = new Informer({ ...watch, name: controller, resource: resources.taps, project: projectTap });
    this.#networks = new Informer({
      ...watch,
      name: "tap-networks",
      resource: resources.networks,
      project: projectTapNetwork,
    });
    this.#providers = new Informer({
      ...watch,
      name: "tap-providers",
      resource: resources.providerNetworks,
      project: projectTapProvider,
    });
    this.#nodes = new Informer({ ...watch, name: "tap-nodes", resource: resources.ovnNodes, project: projectTapNode });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const look = (): void => {
      this.#look();
    };
    for (const informer of [this.#taps, this.#networks, this.#providers, this.#nodes]) {
      informer.addHandler(changedHandler(look));
    }
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        if (this.#hasTaps && changes.some(isOfPort)) look();
      },
      synced: look,
      lost: () => {},
    });
    // The first pass covers nodes that are asked for a tap that is gone: no event will report them.
    look();
    const reconcile = (_key: string, stop: AbortSignal) => this.#reconcile(stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    const watched = [this.#taps, this.#networks, this.#providers, this.#nodes] as const;
    const informing = watched.map((one) => one.run(signal));
    // Before all are known every tap of a node would seem to be one that is gone.
    await Promise.all(watched.map((one) => one.whenSynced({ signal }))).catch(() => undefined);
    await Promise.all([...informing, runReconcileLoop(loop, signal)]);
    unfollow();
    this.#queue.close();
  }

  #look(): void {
    this.#queue.addAfter(everything, gatherMs);
  }

  get #hasTaps(): boolean {
    return this.#taps.values().next().done !== true;
  }

  async #reconcile(signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, pods, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    const taps = [...this.#taps.values()].filter(({ deleting }) => !deleting).sort(compareAge);
    if (taps.length > 0) {
      // Where nobody has taps no pod is watched for them.
      await pods.follow(this.#podHandler, options);
    }
    const decisions = decideTaps(taps, this.#world());
    const nodes = [...this.#nodes.values()];
    // One node, or one Tap, whose write is refused is no reason to leave out the others.
    const failures = new Failures();
    const projection = projectOntoNodes(decisions, nodes);
    for (const [node, wanted] of projection.taps) {
      await failures.try(() => this.#ask(node, wanted, options));
    }
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const told = new Map<TapObject, TapStatus>();
    for (const [tap, decision] of decisions) {
      const status = await failures.try(() =>
        this.#tell(tap, decision, { nodes: byName, full: projection.full }, options),
      );
      if (status !== undefined) told.set(tap, status);
    }
    const living = new Set(taps.map(({ uid }) => uid));
    for (const uid of this.#told.keys()) if (!living.has(uid)) this.#told.delete(uid);
    this.#measure(decisions, told);
    failures.throwFirst();
    return {};
  }

  #world(): TapWorld {
    const { nb, pods, cluster, targets } = this.#options;
    const none = { ofNetwork: new Map(), sinksOf: new Map() };
    return {
      networks: [...this.#networks.values(), ...this.#providers.values()],
      ports: this.#hasTaps ? readTapPorts(nb, cluster) : none,
      podsOf: (namespace) => pods.byIndex("namespace", namespace),
      podWith: (uid) => pods.byIndex("uid", uid)[0],
      targets,
    };
  }

  /** Writes what a node is asked for, when that is something else than before. */
  async #ask(name: string, wanted: readonly NodeTap[], options: CallOptions): Promise<void> {
    const node = this.#nodes.get(name);
    if (node === undefined || isAskedFor(node, wanted)) return;
    const body = { metadata: { uid: node.uid }, spec: { taps: wanted.length === 0 ? null : wanted } };
    const isWritten = await this.#nodesApi.patchIfThere({ name }, "merge", body, options);
    if (isWritten) this.#options.logger.info({ node: name, taps: wanted.length }, "taps of a node written");
  }

  /** Writes the status when it says something new, and an Event for each condition with another reason than before. */
  async #tell(tap: TapObject, decision: TapDecision, told: TapNodes, options: CallOptions): Promise<TapStatus> {
    const { clock, events, logger } = this.#options;
    const { namespace, name, uid, resourceVersion } = tap;
    const written = this.#told.get(uid);
    // The informer may not have seen yet what was written last.
    const before = written?.resourceVersion === resourceVersion ? written.status : tap.status;
    const status = tapStatus(decision, { ...tap, status: before }, told, new Date(clock.now()).toISOString());
    if (isSameStatus(tapStatusSchema, status, before)) return status;
    const body = { metadata: { uid }, status };
    await this.#api.patchIfThere({ namespace, name }, "merge", body, { ...options, subresource: "status" });
    this.#told.set(uid, { resourceVersion, status });
    const { taps } = resources;
    const subject = { apiVersion: apiVersionOf(taps), kind: taps.kind, namespace, name, uid };
    for (const { type, status: holds, reason, message } of newsIn(status, before)) {
      logger.info({ namespace, tap: name, condition: type, reason, message }, "tap status changed");
      // Pods come and go, and each is waited for.
      if (reason === "Waiting") continue;
      const said = message === "" ? "the sink gets copies of all packets of all sources" : message;
      events.record({ subject, type: holds === "True" ? "Normal" : "Warning", reason, message: said });
    }
    return status;
  }

  #measure(decisions: ReadonlyMap<TapObject, TapDecision>, told: ReadonlyMap<TapObject, TapStatus>): void {
    const counts = { ready: 0, waiting: 0, refused: 0 };
    for (const [tap, { kind }] of decisions) {
      const ready = told.get(tap)?.conditions?.[0];
      if (ready?.status === "True") counts.ready += 1;
      else if (kind === "refused" || ready?.reason === "Refused") counts.refused += 1;
      else counts.waiting += 1;
    }
    for (const [state, count] of Object.entries(counts)) this.#options.metrics.set("ovn4nfv_taps", { state }, count);
  }
}

function isOfPort({ table, before, after }: RowChange): boolean {
  if (table !== controllerPort.name) return false;
  // A port that goes up and down changes nothing here.
  return before?.["external_ids"] !== after?.["external_ids"];
}
