import type { SpaceSegment, SpaceState } from "#src/view/contract/network-space.ts";
import { parseIp } from "#src/net/ip.ts";

/** A segment of an address space with its ends as numbers. */
export interface SpaceSpan {
  readonly first: bigint;
  readonly last: bigint;
  readonly segment: SpaceSegment;
}

/** The numbers of addresses by state, without the states that no address has. */
export type SpaceCounts = Readonly<Partial<Record<SpaceState, bigint>>>;

/** Reads segments in the order in which the server sends them. One whose ends are no addresses is left out. */
export function readSpans(segments: readonly SpaceSegment[]): readonly SpaceSpan[] {
  return segments.flatMap((segment) => {
    const first = parseIp(segment.from);
    const last = parseIp(segment.to);
    return first === undefined || last === undefined ? [] : [{ first: first.value, last: last.value, segment }];
  });
}

/** The spans that have an address from `first` to `last`, cut to them. */
export function spansWithin(spans: readonly SpaceSpan[], first: bigint, last: bigint): readonly SpaceSpan[] {
  const found: SpaceSpan[] = [];
  for (let at = indexOfFirst(spans, first); at < spans.length; at += 1) {
    const span = spans[at];
    if (span === undefined || span.first > last) break;
    const cut = span.first < first || span.last > last;
    found.push(
      cut
        ? {
            first: span.first < first ? first : span.first,
            last: span.last > last ? last : span.last,
            segment: span.segment,
          }
        : span,
    );
  }
  return found;
}

export function countStates(spans: readonly SpaceSpan[]): SpaceCounts {
  const counts: Partial<Record<SpaceState, bigint>> = {};
  for (const { first, last, segment } of spans) {
    counts[segment.state] = (counts[segment.state] ?? 0n) + (last - first + 1n);
  }
  return counts;
}

/** The index of the first span that ends at or behind an address. */
function indexOfFirst(spans: readonly SpaceSpan[], address: bigint): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const span = spans[middle];
    if (span !== undefined && span.last < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
