import * as z from "zod";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { parseIp } from "#src/net/ip.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ podCIDRs: z.array(z.string()).nullish() }).nullish(),
  status: z.object({ addresses: z.array(z.object({ address: z.string() })).nullish() }).nullish(),
});
const serviceCidrSchema = z.object({ spec: z.object({ cidrs: z.array(z.string()).nullish() }).nullish() });

type NodeFacts = z.output<typeof nodeSchema>;

export interface ClusterObjects {
  /** Node objects. */
  readonly nodes: readonly unknown[];
  /** ServiceCIDR objects. */
  readonly serviceCidrs: readonly unknown[];
}

/**
 * The CIDRs that a pod goes on to reach through its old gateway when its default route moves: this node's own addresses,
 * because the kubelet's probes come from them, and the CIDRs of pods and services.
 */
export function bypassCidrsOf(nodeName: string, { nodes, serviceCidrs }: ClusterObjects): readonly string[] {
  const read = nodes.map((node) => nodeSchema.parse(node));
  const own = read.filter(({ metadata }) => metadata.name === nodeName);
  const addresses = own.flatMap(({ status }) => status?.addresses ?? []).flatMap(({ address }) => hostCidr(address));
  const pods = read.flatMap(({ spec }) => spec?.podCIDRs ?? []);
  const services = serviceCidrs.flatMap((object) => serviceCidrSchema.parse(object).spec?.cidrs ?? []);
  return [...new Set([...addresses, ...pods, ...services])];
}

/** The CIDR of one address. The addresses of a node may also be names, which have none. */
function hostCidr(address: string): readonly string[] {
  const ip = parseIp(address);
  return ip === undefined ? [] : [`${address}/${ip.family === 4 ? "32" : "128"}`];
}

export interface BypassCidrsOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The CIDRs of the configuration. When there are any, the cluster is not asked. */
  readonly fixed: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Few pods move their default route. So the cluster is asked when one does, and the answer is used for this long. */
const freshMs = 60_000;
/** A read is for all pods that wait for it, so that it has a limit of its own. */
const readLimitMs = 20_000;

/** The CIDRs that stay behind the old gateway, from the configuration or from the cluster. */
export class BypassCidrs {
  readonly #options: BypassCidrsOptions;
  readonly #nodes: ResourceApi;
  readonly #serviceCidrs: ResourceApi;
  #hasWarned = false;
  #reading: Promise<readonly string[]> | undefined;
  #known: { readonly cidrs: readonly string[]; readonly readMs: number } | undefined;

  /** Throws `ConfigInvalid` when an element of `fixed` is no CIDR. */
  constructor(options: BypassCidrsOptions) {
    const wrong = options.fixed.find((text) => parseCidr(text) === undefined);
    if (wrong !== undefined) throw new AppError("ConfigInvalid", `--kept-ranges: ${JSON.stringify(wrong)} is no CIDR`);
    this.#options = options;
    this.#nodes = new ResourceApi(options.client, resources.nodes);
    this.#serviceCidrs = new ResourceApi(options.client, resources.serviceCidrs);
  }

  /** All that wait at the same time share one read. Throws the errors of a call to the API server. */
  async get(options: CallOptions): Promise<readonly string[]> {
    const { clock, fixed } = this.#options;
    if (fixed.length > 0) return fixed;
    if (this.#known !== undefined && clock.monotonicMs() - this.#known.readMs < freshMs) return this.#known.cidrs;
    const reading = (this.#reading ??= this.#begin());
    return settleWithin(clock, options, "read the CIDRs of the cluster", (resolve, reject) => {
      reading.then(resolve, reject);
    });
  }

  #begin(): Promise<readonly string[]> {
    const reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    // Callers that wait are told of a failure. When all of them have given up, nobody handles it.
    reading.catch(() => undefined);
    return reading;
  }

  async #read(): Promise<readonly string[]> {
    const { clock, nodeName } = this.#options;
    const options = { deadlineMs: clock.monotonicMs() + readLimitMs };
    const [nodes, serviceCidrs] = await Promise.all([
      this.#readNodes(options),
      this.#serviceCidrs.listCached({}, options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
        this.#warnOnce();
        return { items: [] };
      }),
    ]);
    const cidrs = bypassCidrsOf(nodeName, { nodes, serviceCidrs: serviceCidrs.items });
    this.#known = { cidrs, readMs: clock.monotonicMs() };
    return cidrs;
  }

  /** Node objects are large, so they are read in pages, and only what is needed of each is kept. */
  async #readNodes(options: CallOptions): Promise<readonly NodeFacts[]> {
    let nodes: NodeFacts[] = [];
    for await (const page of this.#nodes.pages({}, options)) {
      if (page.restarted) nodes = [];
      nodes.push(...page.items.map((node) => nodeSchema.parse(node)));
    }
    return nodes;
  }

  /** Kubernetes before 1.33 has no ServiceCIDR objects, and no other reliable place that says which CIDR services use. */
  #warnOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.logger.warn(
      {},
      "no ServiceCIDR objects: a pod whose default route moves reaches no Services, unless --kept-ranges names their CIDR",
    );
  }
}
