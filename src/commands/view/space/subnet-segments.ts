// Divides the addresses of a subnet into segments: who has them, or who may get them.
import { isNetworkOrBroadcast, lastIp } from "#src/net/cidr.ts";
import { compareIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { type IpRange, rangeHolds } from "#src/net/range.ts";
import type { NamedPool, NetworkSubnet } from "#src/ovn/network.ts";
import type { SpaceSegment, SpaceState } from "#src/view/contract/network-space.ts";

/** An address that somebody has. */
export interface TakenAddress {
  readonly ip: IpAddress;
  readonly state: SpaceState;
  readonly holder: Omit<SpaceSegment, "from" | "to" | "size" | "state">;
}

export interface SegmentPage {
  readonly segments: readonly SpaceSegment[];
  /** The first address of the next page; undefined on the last one. */
  readonly next: IpAddress | undefined;
}

/**
 * Divides a subnet from `after` on into at most `limit` segments. `taken` are the addresses in it that somebody has. The work depends on
 * their number and on that of the ranges, and never on the size of the subnet.
 */
export function subnetSegments(
  subnet: NetworkSubnet,
  pools: readonly NamedPool[],
  taken: readonly TakenAddress[],
  { after = subnet.cidr.first, limit }: { readonly after?: IpAddress | undefined; readonly limit: number },
): SegmentPage {
  const { cidr } = subnet;
  const last = lastIp(cidr);
  const held = new Map(taken.map((one) => [one.ip.value, one]));
  const starts = startsOf(subnet, pools, taken).filter((value) => value > after.value && value <= last.value);
  const bounds = [after.value, ...starts, last.value + 1n];
  const segments: SpaceSegment[] = [];
  for (const [i, from] of bounds.slice(0, -1).entries()) {
    const to = (bounds[i + 1] ?? from + 1n) - 1n;
    const range = { first: { family: cidr.family, value: from }, last: { family: cidr.family, value: to } };
    const segment = segmentOf(range, held.get(from), subnet, pools);
    const before = segments.at(-1);
    if (before !== undefined && isSame(before, segment)) segments[segments.length - 1] = joined(before, segment);
    else if (segments.length === limit) return { segments, next: range.first };
    else segments.push(segment);
  }
  return { segments, next: undefined };
}

/** The values at which another state can begin, in ascending order. */
function startsOf(
  { cidr, gateway, excluded }: NetworkSubnet,
  pools: readonly NamedPool[],
  taken: readonly TakenAddress[],
): readonly bigint[] {
  const single = (ip: IpAddress): IpRange => ({ first: ip, last: ip });
  const ranges = [
    ...excluded,
    ...pools.flatMap((pool) => pool.ranges),
    ...taken.map(({ ip }) => single(ip)),
    ...[cidr.first, lastIp(cidr)].map(single),
    ...(gateway === undefined ? [] : [single(gateway)]),
  ].filter(({ first }) => first.family === cidr.family);
  const values = new Set(ranges.flatMap(({ first, last }) => [first.value, last.value + 1n]));
  return [...values].sort((a, b) => (a < b ? -1 : 1));
}

function segmentOf(
  { first, last }: IpRange,
  held: TakenAddress | undefined,
  { cidr, gateway, excluded }: NetworkSubnet,
  pools: readonly NamedPool[],
): SpaceSegment {
  const pool = pools.find(({ ranges }) => ranges.some((range) => rangeHolds(range, first)))?.name;
  const base = {
    from: printIp(first),
    to: printIp(last),
    size: (last.value - first.value + 1n).toString(),
    ...(pool === undefined ? {} : { pool }),
  };
  if (held !== undefined) return { ...base, state: held.state, ...held.holder };
  if (gateway !== undefined && compareIp(gateway, first) === 0) return { ...base, state: "router", who: "gateway" };
  if (isNetworkOrBroadcast(cidr, first) || excluded.some((range) => rangeHolds(range, first))) {
    return { ...base, state: "excluded" };
  }
  return { ...base, state: pool === undefined ? "free" : "pool" };
}

/** True for two segments that nobody has, in one state and one pool. */
function isSame(a: SpaceSegment, b: SpaceSegment): boolean {
  return a.state === b.state && a.pool === b.pool && a.who === undefined && b.who === undefined;
}

function joined(a: SpaceSegment, b: SpaceSegment): SpaceSegment {
  return { ...a, to: b.to, size: (BigInt(a.size) + BigInt(b.size)).toString() };
}
