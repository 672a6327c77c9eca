import type { ChainFunction } from "#src/api/chain/chain-config.ts";
import { hasLabels } from "#src/api/network/label-selector.ts";
import { type Cidr, containsIp } from "#src/net/cidr.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import type { ChainNetwork, ChainReplica } from "#src/ovn/rows/chain-rows.ts";
import { assignSlices, sliceCount } from "#src/ovn/rows/chain-slices.ts";
import { isServing } from "../pods/networked-pod.ts";
import type { FunctionPod } from "./chain-members.ts";
import type { PodPort } from "./chain-ports.ts";
import { describeUncovered, uncovered } from "./function-routes.ts";

/** A fault of a function: one word, and a sentence for people. */
export interface HopProblem {
  readonly reason:
    | "UnknownNetwork"
    | "NetworkNotRouted"
    | "NetworkNotAllowed"
    | "FunctionWithoutNetworks"
    | "NoReplica"
    | "MoreReplicasThanSlices";
  readonly message: string;
}

/** A network of the chain, with the ports of pods on it; or why it does not count. */
export type HopNetwork =
  | { readonly network: ChainNetwork; readonly ports: readonly PodPort[] }
  | { readonly network: undefined; readonly problem: HopProblem };

/** The pods of one function. */
export interface HopDecision {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly replicas: readonly ChainReplica[];
  /** The ports whose pods forward packets, also while they are not ready. */
  readonly forwarding: readonly string[];
  /** The worst comes first. */
  readonly problems: readonly HopProblem[];
  /** Sentences about pods that have asked for no route to an end. They may set their routes themselves. */
  readonly unrouted: readonly string[];
}

export interface HopInput {
  readonly chainFunction: ChainFunction;
  readonly left: { readonly name: string; readonly found: HopNetwork };
  readonly right: { readonly name: string; readonly found: HopNetwork };
  readonly families: readonly Family[];
  /** The prefixes of the ends that lie beyond the networks on its sides. */
  readonly beyond: { readonly left: readonly Cidr[]; readonly right: readonly Cidr[] };
  /** The pods of the chain's namespace. */
  readonly pods: Iterable<FunctionPod>;
}

/**
 * Finds the replicas of a function: ready pods with an interface in the networks on both sides, which has an address of each
 * family that the ends have.
 */
export function decideHop({ chainFunction, left, right, families, beyond, pods }: HopInput): HopDecision {
  const names = { name: chainFunction.name, left: left.name, right: right.name };
  const lost = [left.found, right.found].flatMap((side) => (side.network === undefined ? [side.problem] : []));
  if (left.found.network === undefined || right.found.network === undefined) {
    return { ...names, replicas: [], forwarding: [], problems: lost, unrouted: [] };
  }
  const sides = [left.found, right.found] as const;
  const replicas: ChainReplica[] = [];
  const forwarding: string[] = [];
  const problems: HopProblem[] = [];
  const unrouted: string[] = [];
  let selected = 0;
  for (const pod of pods) {
    if (!hasLabels(pod.labels, chainFunction.labels)) continue;
    selected += 1;
    const ports = sides.map((side) => side.ports.filter(({ podUid }) => podUid === pod.uid));
    const [onLeft, onRight] = sides.map((side, index) => addressesIn(side.network, ports[index] ?? []));
    const missing = sides.flatMap(({ network }, index) => missingIn(network, [onLeft, onRight][index] ?? [], families));
    if (missing.length === 0) forwarding.push(...ports.flat().map(({ uuid }) => uuid));
    if (!isServing(pod)) continue;
    if (missing.length === 0) {
      replicas.push({ name: pod.name, left: onLeft ?? [], right: onRight ?? [] });
      for (const [end, { network }] of [[beyond.left, left.found] as const, [beyond.right, right.found] as const]) {
        const lacking = uncovered(end, network, pod.routes);
        if (lacking.length > 0) unrouted.push(describeUncovered(pod.name, network.name, lacking));
      }
    } else
      problems.push({ reason: "FunctionWithoutNetworks", message: `pod ${pod.name} has ${missing.join(" and ")}` });
  }
  replicas.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (replicas.length > sliceCount) problems.push({ reason: "MoreReplicasThanSlices", message: tooMany(replicas) });
  if (replicas.length === 0) problems.unshift({ reason: "NoReplica", message: noReplica(selected) });
  return { ...names, replicas, forwarding, problems, unrouted };
}

function tooMany(replicas: readonly ChainReplica[]): string {
  const holders = new Set(assignSlices(replicas.map(({ name }) => name)));
  const idle = replicas.length - holders.size;
  return `${replicas.length} pods are ready for ${sliceCount} slices, so that ${idle} of them carry nothing: run fewer`;
}

function noReplica(selected: number): string {
  return selected === 0 ? "there is no such pod" : "no pod of it is ready with both networks";
}

function addressesIn({ subnets }: ChainNetwork, ports: readonly PodPort[]): readonly IpAddress[] {
  return ports.flatMap(({ ips }) => ips).filter((ip) => subnets.some((cidr) => containsIp(cidr, ip)));
}

function missingIn({ name }: ChainNetwork, ips: readonly IpAddress[], families: readonly Family[]): readonly string[] {
  if (ips.length === 0) return [`no interface in ${name}`];
  const lacking = families.filter((family) => !ips.some((ip) => ip.family === family));
  return lacking.map((family) => `no IPv${family} address in ${name}`);
}
