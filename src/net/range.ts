import { lastIp, parseCidr } from "./cidr.ts";
import { compareIp, equalIp, type IpAddress, parseIp, printIp } from "./ip.ts";

/** All addresses from `first` to `last`, both included. Both have one family, and `first` is not after `last`. */
export interface IpRange {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/**
 * Reads OVN's `exclude_ips` (ovn-nb(5), Logical_Switch `other_config:exclude_ips`): addresses and `first..last` with
 * blanks between them. Commas, CIDRs and IPv6 are accepted as well. One wrong token makes the list `undefined`.
 */
export function parseExcludeIps(text: string): readonly IpRange[] | undefined {
  const ranges = tokensOf(text).map(parseRange);
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** Finds the first token that makes `parseExcludeIps` give `undefined`, so that a message can name it. */
export function findWrongRange(text: string): string | undefined {
  return tokensOf(text).find((token) => parseRange(token) === undefined);
}

/**
 * Reads one address, `first..last`, or a CIDR. A CIDR with host bits is refused: `10.0.0.5/24` may be meant as one
 * address or as all 256.
 */
export function parseRange(token: string): IpRange | undefined {
  if (token.includes("/")) {
    const parsed = parseCidr(token);
    if (parsed === undefined || !equalIp(parsed.address, parsed.cidr.first)) return undefined;
    return { first: parsed.cidr.first, last: lastIp(parsed.cidr) };
  }
  const dots = token.indexOf("..");
  const first = parseIp(dots < 0 ? token : token.slice(0, dots));
  const last = dots < 0 ? first : parseIp(token.slice(dots + 2));
  if (first === undefined || last === undefined) return undefined;
  return first.family === last.family && first.value <= last.value ? { first, last } : undefined;
}

/** Prints the range in OVN's syntax: one address, or `first..last`. */
export function printRange(range: IpRange): string {
  const first = printIp(range.first);
  return equalIp(range.first, range.last) ? first : `${first}..${printIp(range.last)}`;
}

export function rangesOverlap(a: IpRange, b: IpRange): boolean {
  return a.first.family === b.first.family && a.first.value <= b.last.value && b.first.value <= a.last.value;
}

/** True when the range has the address. */
export function rangeHolds({ first, last }: IpRange, ip: IpAddress): boolean {
  return ip.family === first.family && ip.value >= first.value && ip.value <= last.value;
}

/** Gives the same addresses as the fewest ranges, in order: overlapping and adjacent ranges become one. */
export function mergeRanges(ranges: readonly IpRange[]): readonly IpRange[] {
  const merged: IpRange[] = [];
  for (const range of ranges.toSorted((a, b) => compareIp(a.first, b.first))) {
    const before = merged.at(-1);
    if (before === undefined || !touches(before, range)) merged.push(range);
    else if (range.last.value > before.last.value)
      merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}

/** Gives the addresses of `whole` that are in none of the ranges, in order. */
export function rangesBetween(whole: IpRange, ranges: readonly IpRange[]): readonly IpRange[] {
  const { family } = whole.first;
  const gaps: IpRange[] = [];
  let next = whole.first.value;
  for (const { first, last } of mergeRanges(ranges.filter((range) => rangesOverlap(range, whole)))) {
    if (first.value > next) gaps.push({ first: { family, value: next }, last: { family, value: first.value - 1n } });
    next = last.value + 1n;
  }
  if (next <= whole.last.value) gaps.push({ first: { family, value: next }, last: whole.last });
  return gaps;
}

/** Splits the text. As in OVN's lexer, blanks may stand around `..`. */
function tokensOf(text: string): readonly string[] {
  // Blanks become one first: an expression that may take any number of them would begin anew at each of a long line of blanks.
  const joined = text.replace(/\s+/g, " ").replace(/ ?\.\. ?/g, "..");
  return joined.split(/[\s,]+/).filter((token) => token !== "");
}

/** True when `next`, which does not begin before `range`, overlaps it or follows it without a gap. */
function touches(range: IpRange, next: IpRange): boolean {
  return range.first.family === next.first.family && next.first.value <= range.last.value + 1n;
}
