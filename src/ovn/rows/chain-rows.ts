import { type Cidr, containsIp, printCidr } from "#src/net/cidr.ts";
import { type Family, type IpAddress, printIp } from "#src/net/ip.ts";
import { assignSlices, sliceCount, slicedPrefix } from "./chain-slices.ts";
import { routerPolicyPriorities } from "./flow-priorities.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { quotedText } from "./match-text.ts";
import { masterId, networkRouterPort } from "./topology.ts";
import { routerPolicy } from "../owned/topology-tables.ts";

/** A network of a chain that has a port on the router. */
export interface ChainNetwork {
  readonly name: string;
  readonly subnets: readonly Cidr[];
  /** True for a ProviderNetwork: its port on the router is closed to all traffic that no chain has. */
  readonly closed?: boolean;
}

/** A pod that carries traffic, with its addresses in the networks on both sides of its function. */
export interface ChainReplica {
  readonly name: string;
  readonly left: readonly IpAddress[];
  readonly right: readonly IpAddress[];
}

/** A chain whose ends are known. Function i stands between the networks i and i + 1. */
export interface ChainPath {
  readonly uid: string;
  /** The networks from left to right. One in the middle is undefined when it cannot be used; the two ends are always there. */
  readonly networks: readonly (ChainNetwork | undefined)[];
  /** The replicas of each function. */
  readonly hops: readonly (readonly ChainReplica[])[];
  readonly onFailure: "Drop" | "Bypass";
}

type Direction = "forward" | "back";

/** The scope of the rows of all chains. */
export const chainScopes = "chains";

/** The scope of the rows of one chain. */
export const chainScope = (uid: string): string => `${chainScopes}/${uid}`;

/** Gives the UIDs of chains for which there are rows of this cluster. */
export function chainsWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const ids = [...rows.keys()].map((id) => id.split("/"));
  return new Set(ids.flatMap(([scope, uid]) => (scope === chainScopes && uid !== undefined ? [uid] : [])));
}

/** The families in which both ends have subnets. */
export function chainFamilies(left: ChainNetwork, right: ChainNetwork): readonly Family[] {
  return ([4, 6] as const).filter(
    (family) => subnetsOf(left, family).length > 0 && subnetsOf(right, family).length > 0,
  );
}

/**
 * Gives the router policies of a chain. A packet that comes out of a network goes to a replica of the next function, which
 * its slice names. Each next hop lies in a subnet of its network: northd leaves a policy with another one out, and the
 * traffic would pass. In a chain with onFailure Drop a second policy drops whatever no replica takes, so that such a mistake
 * never opens the way. With Bypass it lets it pass, where the port of an end is closed to it otherwise.
 */
export function chainRows(path: ChainPath): readonly DesiredRow[] {
  const [left, right] = [path.networks[0], path.networks.at(-1)];
  if (left === undefined || right === undefined) return [];
  return chainFamilies(left, right).flatMap((family) => [
    ...path.networks.slice(0, -1).flatMap((network, index) => arrivalRows(path, { family, network, index }, "forward")),
    ...path.networks.flatMap((network, index) =>
      index === 0 ? [] : arrivalRows(path, { family, network, index }, "back"),
    ),
  ]);
}

/** Packets that the router gets from a network of the chain. */
interface Arrival {
  readonly family: Family;
  readonly network: ChainNetwork | undefined;
  readonly index: number;
}

function arrivalRows(path: ChainPath, arrival: Arrival, direction: Direction): readonly DesiredRow[] {
  const { family, network, index } = arrival;
  if (network === undefined) return [];
  const id = `${chainScope(path.uid)}/ipv${family}-${direction}-${index}`;
  const rest = (name: string, action: string): DesiredRow => ({
    id: `${id}-${name}`,
    table: routerPolicy,
    columns: {
      priority: routerPolicyPriorities["chain-closed"].priority,
      match: matchOf(path, arrival, direction),
      action,
      nexthops: [],
    },
    parent: { id: masterId, column: "policies" },
  });
  const isClosed = [path.networks[0], path.networks.at(-1)].some((end) => end?.closed === true);
  const bypass = isClosed ? [rest("open", "allow")] : [];
  return [...(path.onFailure === "Drop" ? [rest("closed", "drop")] : bypass), ...hopRows(path, arrival, direction, id)];
}

function hopRows(path: ChainPath, arrival: Arrival, direction: Direction, id: string): readonly DesiredRow[] {
  const hop = nextHop(path, arrival.index, direction);
  const replicas = path.hops[hop] ?? [];
  const target = path.networks[direction === "forward" ? hop : hop + 1];
  if (target === undefined) return [];
  const holders = assignSlices(replicas.map(({ name }) => name));
  return replicas.flatMap((replica) => {
    const slices = holders.flatMap((holder, slice) => (holder === replica.name ? [slice] : []));
    const addresses = direction === "forward" ? replica.left : replica.right;
    const address = addresses.find((ip) => subnetsOf(target, arrival.family).some((cidr) => containsIp(cidr, ip)));
    const match = matchOf(path, arrival, direction, slices);
    if (address === undefined || slices.length === 0 || match === "") return [];
    return [
      {
        id: `${id}-via-${replica.name}`,
        table: routerPolicy,
        columns: {
          priority: routerPolicyPriorities["chain-hop"].priority,
          match,
          action: "reroute",
          nexthops: [printIp(address)],
        },
        parent: { id: masterId, column: "policies" },
      },
    ];
  });
}

/** The next function on the way, or with Bypass the next one that has replicas; -1 past the last. */
function nextHop({ hops, onFailure }: ChainPath, index: number, direction: Direction): number {
  const ahead =
    direction === "forward"
      ? hops.flatMap((_, hop) => (hop >= index ? [hop] : []))
      : hops.flatMap((_, hop) => (hop < index ? [hop] : [])).reverse();
  return ahead.find((hop) => onFailure === "Drop" || (hops[hop]?.length ?? 0) > 0) ?? -1;
}

/**
 * Gives the match of a policy. Without `slices`, or with all of them, it covers the whole subnets of the left end. It is empty
 * when no address of the left end is in the slices.
 */
function matchOf(
  { networks }: ChainPath,
  { family, network }: Arrival,
  direction: Direction,
  slices: readonly number[] = [],
): string {
  const [left, right] = [networks[0], networks.at(-1)].map((end) => (end === undefined ? [] : subnetsOf(end, family)));
  const whole = (left ?? []).map(printCidr);
  const isAll = slices.length === 0 || slices.length === sliceCount;
  const leftTexts = isAll ? whole : (left ?? []).flatMap((cidr) => slicedPrefix(cidr, slices));
  if (leftTexts.length === 0) return "";
  const [leftField, rightField] = direction === "forward" ? ["src", "dst"] : ["dst", "src"];
  return [
    `inport == ${quotedText(networkRouterPort(network?.name ?? ""))}`,
    `ip${family}.${leftField} == ${setOf(leftTexts)}`,
    `ip${family}.${rightField} == ${setOf((right ?? []).map(printCidr))}`,
  ].join(" && ");
}

const setOf = (texts: readonly string[]): string => (texts.length === 1 ? (texts[0] ?? "") : `{${texts.join(", ")}}`);

function subnetsOf({ subnets }: ChainNetwork, family: Family): readonly Cidr[] {
  return subnets.filter((cidr) => cidr.family === family);
}
