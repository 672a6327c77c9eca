import type { ChainConfig, NetworkReference } from "#src/api/chain/chain-config.ts";
import type { Cidr } from "#src/net/cidr.ts";
import { chainFamilies, type ChainNetwork, type ChainPath } from "#src/ovn/rows/chain-rows.ts";
import type { FunctionPod, MemberNetwork } from "./chain-members.ts";
import type { ChainObject } from "./chain-object.ts";
import type { PodPort } from "./chain-ports.ts";
import { decideHop, type HopDecision, type HopNetwork, type HopProblem } from "./hop-decision.ts";

/** Everything that chains depend on, at one moment. */
export interface ChainWorld {
  readonly networks: readonly MemberNetwork[];
  /** The subnets of the router port that NB has for a network; undefined while there is none. */
  readonly routerSubnets: (network: MemberNetwork) => readonly Cidr[] | undefined;
  /** The ports of pods in a network, by its UID. */
  readonly ports: (uid: string) => readonly PodPort[];
  readonly pods: (namespace: string) => Iterable<FunctionPod>;
  /** Says what to do so that a network is made which a chain names by a label, or why it was not. */
  readonly whyNotMade: (name: string) => string;
}

/** The outcome for a chain. */
export type ChainDecision =
  | { readonly kind: "refused"; readonly reason: string; readonly message: string }
  | { readonly kind: "chained"; readonly path: ChainPath; readonly hops: readonly HopDecision[] };

/** Decides about all chains: of two chains between the same networks the older one wins. `chains` begins with the oldest. */
export function decideChains(
  chains: readonly ChainObject[],
  world: ChainWorld,
): ReadonlyMap<ChainObject, ChainDecision> {
  const holders = new Map<string, ChainObject>();
  return new Map(chains.map((chain) => [chain, decideChain(chain, world, holders)]));
}

function decideChain(
  { config, ...chain }: ChainObject,
  world: ChainWorld,
  holders: Map<string, Pick<ChainObject, "namespace" | "name">>,
): ChainDecision {
  if (typeof config === "string") return { kind: "refused", reason: "Invalid", message: config };
  const found = config.networks.map((reference, index) => ({
    name: reference.name,
    found: findNetwork(reference, index === 0 || index === config.networks.length - 1, config, world),
  }));
  const [left, right] = [found[0]?.found, found.at(-1)?.found];
  for (const [side, end] of [["left", left] as const, ["right", right] as const]) {
    if (end === undefined || end.network !== undefined) continue;
    return { kind: "refused", reason: end.problem.reason, message: `${side} end: ${end.problem.message}` };
  }
  if (left?.network === undefined || right?.network === undefined) throw new TypeError("a chain without ends was read");
  const twice = namedTwice(found.flatMap((each) => each.found.network?.name ?? []));
  if (twice !== undefined) {
    const message = `the network ${twice} stands twice in the chain, and traffic inside one network meets no router: write another Network`;
    return { kind: "refused", reason: "SameNetwork", message };
  }
  const families = chainFamilies(left.network, right.network);
  if (families.length === 0) {
    const message = `${left.network.name} and ${right.network.name} have no family of addresses in common`;
    return { kind: "refused", reason: "NoCommonFamily", message };
  }
  const key = [left.network.name, right.network.name].sort().join(" ");
  const holder = holders.get(key);
  if (holder !== undefined) {
    const message = `the older chain ${holder.namespace}/${holder.name} has the traffic between these ends: delete one of the two`;
    return { kind: "refused", reason: "ChainOverlap", message };
  }
  holders.set(key, chain);
  const ends = { left: left.network, right: right.network };
  const hops = config.functions.map((chainFunction, index) => {
    const [onLeft, onRight] = [found[index], found[index + 1]];
    if (onLeft === undefined || onRight === undefined) throw new TypeError("a function without networks was read");
    const prefixes = (end: ChainNetwork) => end.subnets.filter(({ family }) => families.includes(family));
    const beyond = {
      left: index === 0 ? [] : prefixes(ends.left),
      right: index === config.functions.length - 1 ? [] : prefixes(ends.right),
    };
    const pods = world.pods(config.namespace);
    return decideHop({ chainFunction, left: onLeft, right: onRight, families, beyond, pods });
  });
  const path: ChainPath = {
    uid: config.uid,
    networks: found.map((each) => each.found.network),
    hops: hops.map(({ replicas }) => replicas),
    onFailure: config.onFailure,
  };
  return { kind: "chained", path, hops };
}

/**
 * True for a refusal after which the policies of a chain stay in NB. It says that the chain cannot be understood at this moment,
 * and a chain that drops what no function sees must not open because somebody labels a Network.
 */
export function keepsRows({ config }: Pick<ChainObject, "config">, { reason }: { readonly reason: string }): boolean {
  if (typeof config !== "string" && config.onFailure !== "Drop") return false;
  return reason === "Invalid" || reason === "UnknownNetwork" || reason === "NetworkNotRouted";
}

function namedTwice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

/**
 * Gives the UIDs of the ProviderNetworks that are to have a port of the router, because a chain begins or ends there that their
 * owners allow.
 */
export function providerEnds(
  chains: readonly Pick<ChainObject, "config">[],
  networks: readonly MemberNetwork[],
): ReadonlySet<string> {
  const uids = chains.flatMap(({ config }) => {
    if (typeof config === "string") return [];
    return [config.networks[0], config.networks.at(-1)].flatMap((reference) => {
      const found = reference && findMember(reference, config, networks);
      if (found === undefined || "reason" in found) return [];
      return found.kind === "ProviderNetwork" && found.routed ? [found.uid] : [];
    });
  });
  return new Set(uids);
}

function findNetwork(reference: NetworkReference, isEnd: boolean, config: ChainConfig, world: ChainWorld): HopNetwork {
  const network = findMember(reference, config, world.networks);
  if (network === undefined) {
    const { text, name, byLabel } = reference;
    const cure = `create a Network with the name ${name}, or a ProviderNetwork for an end`;
    return unusable("UnknownNetwork", `there is no Network ${text}: ${cure}${byLabel ? world.whyNotMade(name) : ""}`);
  }
  if ("reason" in network) return { network: undefined, problem: network };
  const { kind, name, uid } = network;
  if (kind === "ProviderNetwork" && !isEnd) {
    return unusable(
      "NetworkNotRouted",
      `${name} is a ProviderNetwork, which can only be an end of a chain: write a Network`,
    );
  }
  if (!network.routed) {
    const why = kind === "Network" ? "it is isolated or adopted" : "it has no addresses";
    return unusable("NetworkNotRouted", `${name} has no port on the router, since ${why}`);
  }
  const subnets = world.routerSubnets(network);
  if (subnets === undefined) {
    return unusable("NetworkNotRouted", `${name} has no port on the router yet: look at the conditions of the ${kind}`);
  }
  const usable: ChainNetwork = { name, subnets, ...(kind === "ProviderNetwork" ? { closed: true } : {}) };
  return { network: usable, ports: world.ports(uid) };
}

/**
 * Finds a network by its name in any namespace, else by its label in the namespace of the chain. Names are global, so that
 * nobody takes the place of a network by a label. Undefined when there is none.
 */
function findMember(
  { text, name, byLabel }: NetworkReference,
  { namespace }: Pick<ChainConfig, "namespace">,
  networks: readonly MemberNetwork[],
): MemberNetwork | HopProblem | undefined {
  const named = networks.find((one) => one.name === name);
  const labelled = networks.filter((one) => byLabel && one.namespace === namespace && one.labels["net"] === name);
  const [network, second] = named === undefined ? labelled : [named];
  if (network === undefined) return undefined;
  if (second !== undefined) {
    const message = `${text} is the label of several Networks, such as ${network.name} and ${second.name}`;
    return { reason: "UnknownNetwork", message };
  }
  if (!network.allowChains.includes(namespace)) {
    const { kind } = network;
    const cure = `its owner writes ${namespace} into spec.allowChains.names of the ${kind} ${network.namespace}/${network.name}`;
    const message = `${network.name} allows no chain of the namespace ${namespace}: ${cure}`;
    return { reason: "NetworkNotAllowed", message };
  }
  return network;
}

function unusable(reason: HopProblem["reason"], message: string): HopNetwork {
  return { network: undefined, problem: { reason, message } };
}
