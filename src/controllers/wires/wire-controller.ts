// Labels each node with the wires that its agent says it carries, so that pods are placed where their networks are.
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { planLabels } from "./label-plan.ts";
import { projectWireNode, type PublishedWire, type WireNode } from "./published-wires.ts";

export interface WireControllerOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A node with an agent, and what that says about wires. */
export interface WiredNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly wires: ReadonlyMap<string, PublishedWire>;
}

interface LabelledNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

const controller = "wires";
const callMs = 15_000;

function projectNode({ metadata: { name, uid, labels = {} } }: KubeObject): LabelledNode {
  return { name, uid, labels };
}

/** Runs while this process leads. */
export class WireController {
  readonly #options: WireControllerOptions;
  readonly #api: ResourceApi;
  readonly #queue: WorkQueue;
  readonly #nodes: Informer<LabelledNode>;
  readonly #published: Informer<WireNode>;
  readonly #listeners = new Set<() => void>();

  constructor(options: WireControllerOptions) {
    this.#options = options;
    this.#api = new ResourceApi(options.client, resources.nodes);
    this.#queue = new WorkQueue({ name: controller, clock: options.clock, metrics: options.metrics });
    const parts = { ...options, indexers: {} };
    this.#nodes = new Informer({ ...parts, name: "wired-nodes", resource: resources.nodes, project: projectNode });
    this.#published = new Informer({
      ...parts,
      name: controller,
      resource: resources.ovnNodes,
      project: projectWireNode,
    });
  }

  /** Runs until the signal aborts, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const changed = ({ name }: { readonly name: string }): void => {
      this.#queue.add(name);
      for (const listener of this.#listeners) listener();
    };
    this.#nodes.addHandler({
      added: changed,
      updated: (old, now) => {
        // A kubelet writes the status of its node again and again.
        if (JSON.stringify(old.labels) !== JSON.stringify(now.labels)) changed(now);
      },
      deleted: changed,
    });
    this.#published.addHandler({
      added: changed,
      updated: (old, now) => {
        // The agent also writes what is no matter of wires.
        if (!isDeepStrictEqual(old.wires, now.wires)) changed(now);
      },
      deleted: changed,
    });
    const { clock, logger, metrics } = this.#options;
    const reconcile = (name: string, stop: AbortSignal) => this.#reconcile(name, stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    await Promise.all([this.#nodes.run(signal), this.#published.run(signal), runReconcileLoop(loop, signal)]);
    this.#queue.close();
  }

  /** False while nodes and the words of their agents are being read. Then nothing follows from a node that is missing. */
  get hasSynced(): boolean {
    return this.#nodes.hasSynced && this.#published.hasSynced;
  }

  /** Resolves when both are read. Rejects when the deadline has passed, or when the watches end before. */
  async whenSynced(options: CallOptions): Promise<void> {
    await Promise.all([this.#nodes.whenSynced(options), this.#published.whenSynced(options)]);
  }

  /** Calls `listener` when the labels or the wires of any node may be others than before. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The nodes, by name. */
  nodes(): readonly WiredNode[] {
    const found = [...this.#published.values()].flatMap(({ name, wires }): readonly WiredNode[] => {
      const labels = this.#nodes.get(name)?.labels;
      return labels === undefined ? [] : [{ name, labels, wires: wires ?? new Map() }];
    });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult> {
    const node = this.#nodes.get(name);
    if (node === undefined) return {};
    const labels = planLabels(node.labels, this.#published.get(name));
    if (labels === undefined) return {};
    const { clock, logger } = this.#options;
    const options: CallOptions = { signal, deadlineMs: clock.monotonicMs() + callMs };
    const body = { metadata: { uid: node.uid, labels } };
    const isWritten = await this.#api.patchIfThere({ name }, "merge", body, { ...options, subresource: "status" });
    if (isWritten) logger.info({ node: name, labels }, "labels of the wires of a node written");
    return {};
  }
}
