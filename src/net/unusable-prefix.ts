import { type Cidr, cidrsOverlap, lastIp, parseCidr, printCidr } from "./cidr.ts";
import { type IpRange, rangesOverlap } from "./range.ts";

/** Ranges whose addresses no host on a network can have (RFC 6890, RFC 4291 section 2.4), and what they are for. */
const special: readonly (readonly [range: string, what: string])[] = [
  ["0.0.0.0/8", "addresses of this network"],
  ["127.0.0.0/8", "loopback addresses"],
  ["169.254.0.0/16", "link-local addresses"],
  ["224.0.0.0/4", "multicast addresses"],
  ["240.0.0.0/4", "reserved addresses"],
  ["::/127", "the unspecified and the loopback address"],
  ["fe80::/10", "link-local addresses"],
  ["ff00::/8", "multicast addresses"],
];

const ranges = special.flatMap(([range, what]) => {
  const cidr = parseCidr(range)?.cidr;
  return cidr === undefined ? [] : [{ cidr, what }];
});

/** The reason for which a prefix cannot be a subnet from which hosts get addresses; undefined when it can. */
export function whyUnusable(prefix: Cidr): string | undefined {
  if (prefix.prefixLength === 0) return "holds every address there is";
  const found = ranges.find(({ cidr }) => cidrsOverlap(cidr, prefix));
  return found === undefined ? undefined : `has ${found.what} (${printCidr(found.cidr)})`;
}

/** The reason for which hosts cannot have all the addresses of a range; undefined when they can. */
export function whyUnusableRange(range: IpRange): string | undefined {
  const found = ranges.find(({ cidr }) => rangesOverlap({ first: cidr.first, last: lastIp(cidr) }, range));
  return found === undefined ? undefined : `has ${found.what} (${printCidr(found.cidr)})`;
}
