// The networks that chains name and that nobody has made: each gets a prefix of a pool, and goes with its chain.
import { AppError } from "#src/core/errors.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { type Cidr, cidrAround, cidrsOverlap, lastIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import { offsetIp } from "#src/net/ip.ts";
import type { MemberNetwork } from "./chain-members.ts";
import type { ChainObject } from "./chain-object.ts";

/** A Network that is to be made for a chain. */
export interface DynamicNetwork {
  readonly name: string;
  readonly chain: Pick<ChainObject, "namespace" | "name" | "uid">;
  /** One of each family of the pool. */
  readonly subnets: readonly Cidr[];
}

export interface DynamicPlan {
  readonly missing: readonly DynamicNetwork[];
  /** The names for which the pool has no prefix. */
  readonly unserved: ReadonlySet<string>;
  /** Networks that were made for a chain which does not name them any more. */
  readonly surplus: readonly MemberNetwork[];
  /** Networks that were made for a chain which is not known any more. */
  readonly orphans: readonly MemberNetwork[];
}

/** The length of the prefix that a network gets, by family. */
const prefixLengths = { 4: 24, 6: 64 } as const;

/** Reads the prefixes of the pool. Throws `ConfigInvalid`. */
export function readChainSubnets(texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text)?.cidr;
    const invalid = (problem: string) =>
      new AppError("ConfigInvalid", `--chain-subnets ${JSON.stringify(text)} ${problem}`);
    if (cidr === undefined) throw invalid("is not a prefix such as 172.30.16.0/20");
    const length = prefixLengths[cidr.family];
    if (cidr.prefixLength > length)
      throw invalid(`is smaller than a network, which gets a prefix of the length ${length}`);
    return cidr;
  });
}

/** Plans which networks are to be made and to be removed. `chains` begins with the oldest; `taken` are prefixes of others. */
export function planDynamicNetworks(
  chains: readonly ChainObject[],
  networks: readonly MemberNetwork[],
  pool: readonly Cidr[],
  taken: readonly Cidr[],
): DynamicPlan {
  const missing = new Map<string, DynamicNetwork>();
  const unserved = new Set<string>();
  const used = [...taken, ...networks.flatMap(({ subnets }) => subnets)];
  for (const { name, chain } of chains.flatMap(namedBy)) {
    if (missing.has(name) || networks.some((one) => isMeant(one, name, chain))) continue;
    const families = [...new Set(pool.map(({ family }) => family))];
    const subnets = families.flatMap(
      (family) =>
        freePrefix(
          pool.filter((one) => one.family === family),
          used,
        ) ?? [],
    );
    if (subnets.length === 0 || subnets.length < families.length) {
      unserved.add(name);
      continue;
    }
    used.push(...subnets);
    missing.set(name, { name, chain, subnets });
  }
  const made = networks.filter(({ maker }) => maker !== undefined);
  const surplus = made.filter(({ name, maker }) => {
    const chain = chains.find(({ uid }) => uid === maker);
    return chain !== undefined && typeof chain.config !== "string" && !namedBy(chain).some((one) => one.name === name);
  });
  const orphans = made.filter(({ maker }) => !chains.some(({ uid }) => uid === maker));
  return { missing: [...missing.values()], unserved, surplus, orphans };
}

/** Ends that `left` or `right` names are never made: they are networks of the world outside in manifests of Nodus. */
function namedBy(chain: ChainObject) {
  const { config, namespace, name, uid } = chain;
  if (typeof config === "string") return [];
  const own = { namespace, name, uid };
  return config.networks.flatMap((one) => (one.byLabel ? [{ name: one.name, chain: own }] : []));
}

function isMeant(network: MemberNetwork, name: string, { namespace }: DynamicNetwork["chain"]): boolean {
  return network.name === name || (network.namespace === namespace && network.labels["net"] === name);
}

function freePrefix(pool: readonly Cidr[], used: readonly Cidr[]): Cidr | undefined {
  for (const whole of pool) {
    let piece = cidrAround(whole.first, prefixLengths[whole.family]);
    while (piece !== undefined && cidrsOverlap(whole, piece)) {
      const candidate = piece;
      const holder = used.find((one) => cidrsOverlap(one, candidate));
      if (holder === undefined) return candidate;
      const longer = holder.prefixLength > candidate.prefixLength ? candidate : holder;
      const next = offsetIp(lastIp(longer), 1n);
      piece = next && cidrAround(next, prefixLengths[whole.family]);
    }
  }
  return undefined;
}

/** The manifest of a Network that belongs to a chain. Kubernetes removes it with the chain, when the controller does not. */
export function dynamicNetworkManifest({ name, chain, subnets }: DynamicNetwork): object {
  const of = (family: 4 | 6) =>
    subnets.filter((one) => one.family === family).map((one) => ({ subnet: printCidr(one) }));
  const { kind } = resources.networkChainings;
  const owner = { apiVersion: apiVersionOf(resources.networkChainings), kind, name: chain.name, uid: chain.uid };
  return {
    apiVersion: apiVersionOf(resources.networks),
    kind: resources.networks.kind,
    metadata: {
      name,
      namespace: chain.namespace,
      labels: { net: name },
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: {
      ...(of(4).length === 0 ? {} : { ipv4Subnets: of(4) }),
      ...(of(6).length === 0 ? {} : { ipv6Subnets: of(6) }),
    },
  };
}
