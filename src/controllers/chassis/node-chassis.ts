// Knows the chassis of each node, as the node's own agent has published it. So a port can be kept on the node of its pod.
import * as z from "zod";
import { systemIdPattern } from "#src/api/node/ovn-node-schema.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { resources } from "#src/kube/client/resources.ts";

interface PublishedNode {
  readonly name: string;
  /** Undefined while the agent has seen none. */
  readonly systemId: string | undefined;
}

const statusSchema = z.looseObject({ systemId: z.string().regex(systemIdPattern).nullish() }).nullish();

/** Reads an OvnNode. A text that is no system id counts as none: a wrong id would cut pods off. */
export function projectOvnNode(raw: KubeObject): PublishedNode {
  const status = statusSchema.safeParse(raw["status"]);
  return { name: raw.metadata.name, systemId: (status.success && status.data?.systemId) || undefined };
}

export type NodeChassisOptions = Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics">;

export class NodeChassis {
  readonly #informer: Informer<PublishedNode, "systemId">;
  readonly #options: NodeChassisOptions;
  readonly #listeners = new Set<(node: string) => void>();
  readonly #nodesOf = new Map<string, number>();
  readonly #shared = new Set<string>();
  readonly #holders = new Map<string, string>();
  #isMissing = false;

  constructor(options: NodeChassisOptions) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      name: "ovnnodes",
      resource: resources.ovnNodes,
      project: projectOvnNode,
      indexers: { systemId: ({ systemId }) => (systemId === undefined ? [] : [systemId]) },
    });
    this.#informer.addHandler({
      added: (node) => {
        this.#changed(undefined, node);
      },
      updated: (old, node) => {
        this.#changed(old, node);
      },
      deleted: (node) => {
        this.#changed(node, undefined);
      },
    });
  }

  /** Runs until the signal aborts, and never rejects. It may be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(signal);
  }

  /** Resolves when the nodes were read. Throws `Aborted` or `DeadlineExceeded`. */
  whenSynced(options: CallOptions): Promise<void> {
    return this.#informer.whenSynced(options);
  }

  /**
   * The system id of the node's chassis; "" when none is published. Undefined while nobody can say, because the node was
   * not read yet: then nothing may be concluded.
   */
  of(node: string): string | undefined {
    const known = this.#informer.get(node);
    if (known !== undefined) return known.systemId ?? "";
    return this.#informer.hasSynced || this.#isMissing ? "" : undefined;
  }

  /** Says that the cluster has no such kind, so that nobody publishes anything and no read is waited for. */
  kindIsMissing(): void {
    this.#isMissing = true;
  }

  /** The nodes that publish this system id, in order. */
  claimantsOf(systemId: string): readonly string[] {
    const nodes = this.#informer.byIndex("systemId", systemId);
    return nodes.map(({ name }) => name).sort();
  }

  /**
   * The node that published this system id alone, before the others that publish it now did; undefined when that was not seen, and while
   * it does not publish it. No leader before this process has told it.
   */
  holderOf(systemId: string): string | undefined {
    const holder = this.#holders.get(systemId);
    return holder !== undefined && this.of(holder) === systemId ? holder : undefined;
  }

  /** The system ids that several nodes publish. */
  get sharedIds(): ReadonlySet<string> {
    return this.#shared;
  }

  /** Calls `listener` with the name of each node whose chassis becomes another one. The returned function removes it. */
  onChange(listener: (node: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #changed(old: PublishedNode | undefined, now: PublishedNode | undefined): void {
    if (old?.systemId === now?.systemId) return;
    const { metrics } = this.#options;
    this.#count(old?.systemId, -1);
    this.#count(now?.systemId, 1);
    if (old?.systemId !== undefined) this.#release(old.systemId, old.name, now === undefined);
    if (now?.systemId !== undefined) {
      this.#hold(now.systemId, now.name);
      this.#warnOfShared(now.systemId);
    }
    let sharing = 0;
    for (const systemId of this.#shared) sharing += this.#nodesOf.get(systemId) ?? 0;
    metrics.set("ovn4nfv_nodes_with_shared_chassis", {}, sharing);
    for (const listener of this.#listeners) listener(now?.name ?? old?.name ?? "");
  }

  /** Keeps the number of nodes that share an id, since to count them anew for each node of a large cluster takes long. */
  #count(systemId: string | undefined, by: 1 | -1): void {
    if (systemId === undefined) return;
    const before = this.#nodesOf.get(systemId) ?? 0;
    const after = before + by;
    if (after === 0) this.#nodesOf.delete(systemId);
    else this.#nodesOf.set(systemId, after);
    if (after > 1) this.#shared.add(systemId);
    else this.#shared.delete(systemId);
  }

  /** A first read brings all nodes at once, and their order says nothing about who was the first. */
  #hold(systemId: string, claimant: string): void {
    if (this.#holders.get(systemId) === claimant) return;
    const [other, third] = this.claimantsOf(systemId).filter((name) => name !== claimant);
    if (other !== undefined && third === undefined && this.#informer.hasSynced) this.#holders.set(systemId, other);
  }

  /** A holder that publishes nothing for a moment stays the holder, else the one who took its system id would be it. */
  #release(systemId: string, node: string, isGone: boolean): void {
    const leaves = isGone && this.#holders.get(systemId) === node;
    if (leaves || !this.#nodesOf.has(systemId)) this.#holders.delete(systemId);
  }

  #warnOfShared(systemId: string): void {
    const alike = this.#informer.byIndex("systemId", systemId);
    if (alike.length < 2) return;
    const nodes = alike.map(({ name }) => name);
    this.#options.logger.warn({ systemId, nodes }, "several nodes publish the same system id");
  }
}
