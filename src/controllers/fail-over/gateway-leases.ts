// The Leases of the nodes whose chassis are pairs of gateways. They are made here, and the agents of the nodes renew them.
import {
  gatewayLeaseLabel,
  gatewayLeaseName,
  peersAnnotation,
  printPeers,
  readPeers,
  readTunnels,
  type TunnelStates,
} from "#src/api/node/gateway-lease.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { isAlreadyExists, isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { readLease } from "#src/kube/lease/lease-record.ts";
import { failOverTimes } from "./next-step.ts";

export interface GatewayLeasesOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  readonly namespace: string;
  /** The time for which a Lease is kept that nobody needs: a new leader does not know at once which are needed. */
  readonly settleMs: number;
  /** Called when an agent has spoken, or a Lease came or went. */
  readonly onChange: () => void;
}

interface SeenLease {
  readonly name: string;
  readonly renewTime: string | undefined;
  readonly peers: string;
  readonly tunnels: TunnelStates;
}

/** When a renewal was seen, by our own monotonic clock. Clocks of other machines are not trusted. */
interface Heard {
  readonly renewTime: string;
  readonly atMs: number;
  readonly sinceMs: number;
}

export function projectGatewayLease(raw: KubeObject): SeenLease {
  const { name, annotations = {} } = raw.metadata;
  const peers = printPeers(readPeers(annotations));
  return { name, peers, renewTime: readLease(raw).renewTime, tunnels: readTunnels(annotations) };
}

export class GatewayLeases {
  readonly #options: GatewayLeasesOptions;
  readonly #api: ResourceApi;
  readonly #nodes: ResourceApi;
  readonly #informer: Informer<SeenLease>;
  readonly #heard = new Map<string, Heard>();
  /** The time since which nobody needs a Lease, by its name. */
  readonly #unneeded = new Map<string, number>();

  constructor(options: GatewayLeasesOptions) {
    this.#options = options;
    const { client, clock, logger, metrics, namespace } = options;
    this.#api = new ResourceApi(client, resources.leases);
    this.#nodes = new ResourceApi(client, resources.nodes);
    this.#informer = new Informer({
      client,
      clock,
      logger,
      metrics,
      namespace,
      name: "gateway-leases",
      resource: resources.leases,
      labelSelector: gatewayLeaseLabel,
      project: projectGatewayLease,
      indexers: {},
    });
    const seen = (lease: SeenLease): void => {
      this.#hear(lease);
      options.onChange();
    };
    this.#informer.addHandler({
      added: seen,
      updated: (_old, lease) => {
        seen(lease);
      },
      deleted: ({ name }) => {
        this.#heard.delete(name);
        options.onChange();
      },
    });
  }

  /** Runs until the signal aborts, and never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(signal);
  }

  whenSynced(options: CallOptions): Promise<void> {
    return this.#informer.whenSynced(options);
  }

  /** True while there are Leases that are to be removed. */
  get hasUnneeded(): boolean {
    return this.#unneeded.size > 0;
  }

  /** Time since the last renewal, and the time of renewals without a gap. */
  heard(node: string): { readonly silentMs: number | undefined; readonly heardMs: number } {
    const known = this.#heard.get(gatewayLeaseName(node));
    if (known === undefined) return { silentMs: undefined, heardMs: 0 };
    const nowMs = this.#options.clock.monotonicMs();
    return { silentMs: nowMs - known.atMs, heardMs: nowMs - known.sinceMs };
  }

  /** The tunnels as the agent of the node saw them at its last renewal. */
  tunnels(node: string): TunnelStates {
    return this.#lease(gatewayLeaseName(node))?.tunnels ?? {};
  }

  /** Reads the Lease anew, and is true when it says what is known: a watch may lag behind. */
  async isAsKnown(node: string, options: CallOptions): Promise<boolean> {
    const { namespace } = this.#options;
    const name = gatewayLeaseName(node);
    const stored = await this.#api.find({ namespace, name }, options);
    return stored !== undefined && readLease(stored).renewTime === this.#heard.get(name)?.renewTime;
  }

  /** Makes the Leases of these nodes, with the chassis that each is to tell of, and takes away those of other nodes. */
  async bring(needed: ReadonlyMap<string, Iterable<string>>, options: CallOptions): Promise<void> {
    const names = new Set<string>();
    for (const [node, peers] of needed) {
      names.add(gatewayLeaseName(node));
      await this.#bringOne(node, printPeers(peers), options);
    }
    const nowMs = this.#options.clock.monotonicMs();
    for (const { name } of [...this.#informer.values()]) {
      if (names.has(name)) this.#unneeded.delete(name);
      else if (!this.#unneeded.has(name)) this.#unneeded.set(name, nowMs);
    }
    for (const [name, sinceMs] of this.#unneeded) {
      if (nowMs - sinceMs < this.#options.settleMs) continue;
      await this.#remove(name, options);
      this.#unneeded.delete(name);
    }
  }

  async #bringOne(node: string, peers: string, options: CallOptions): Promise<void> {
    const { namespace, logger } = this.#options;
    const name = gatewayLeaseName(node);
    const known = this.#lease(name);
    if (known?.peers === peers) return;
    if (known !== undefined) {
      const body = { metadata: { annotations: { [peersAnnotation]: peers } } };
      await this.#api.patchIfThere({ namespace, name }, "merge", body, options);
      return;
    }
    const owner = await this.#nodes.find({ name: node }, options);
    if (owner === undefined) return;
    const { leases, nodes } = resources;
    const ownerReferences = [
      { apiVersion: apiVersionOf(nodes), kind: nodes.kind, name: node, uid: owner.metadata.uid },
    ];
    const labels = { [gatewayLeaseLabel]: "" };
    const metadata = { name, namespace, labels, ownerReferences, annotations: { [peersAnnotation]: peers } };
    try {
      await this.#api.create(namespace, { apiVersion: apiVersionOf(leases), kind: leases.kind, metadata }, options);
      logger.info({ node, peers }, "lease of a gateway node made");
    } catch (caught) {
      if (!isAlreadyExists(caught)) throw caught;
    }
  }

  async #remove(name: string, options: CallOptions): Promise<void> {
    const { namespace, logger } = this.#options;
    try {
      await this.#api.delete({ namespace, name }, options);
      logger.info({ lease: name }, "lease of a gateway node removed");
    } catch (caught) {
      if (!isNotFound(caught)) throw caught;
    }
  }

  #lease(name: string): SeenLease | undefined {
    return this.#informer.get(`${this.#options.namespace}/${name}`);
  }

  #hear({ name, renewTime }: SeenLease): void {
    if (renewTime === undefined) return;
    const before = this.#heard.get(name);
    if (before?.renewTime === renewTime) return;
    const atMs = this.#options.clock.monotonicMs();
    const hasGap = before === undefined || atMs - before.atMs >= failOverTimes.silenceMs;
    this.#heard.set(name, { renewTime, atMs, sinceMs: hasGap ? atMs : before.sinceMs });
  }
}
