import { lastIp, type Cidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import type { SpaceSegment, SpaceState } from "#src/view/contract/network-space.ts";
import { type SpaceSpan, spansWithin } from "./space-span.ts";

/** One address of a grid. */
export interface AddressCell {
  readonly address: string;
  /** Undefined for an address of which the server has not told yet. */
  readonly state: SpaceState | undefined;
  readonly segment: SpaceSegment | undefined;
}

/** All addresses of a small prefix, in order. */
export function cellsOf(spans: readonly SpaceSpan[], cidr: Cidr): readonly AddressCell[] {
  const { family, first } = cidr;
  const last = lastIp(cidr).value;
  const inside = spansWithin(spans, first.value, last);
  const cells: AddressCell[] = [];
  let at = 0;
  for (let value = first.value; value <= last; value += 1n) {
    while (inside[at] !== undefined && (inside[at]?.last ?? 0n) < value) at += 1;
    const span = inside[at];
    const segment = span !== undefined && span.first <= value ? span.segment : undefined;
    cells.push({ address: printIp({ family, value }), state: segment?.state, segment });
  }
  return cells;
}

/** The meaning of each state of an address, in a word and a sentence. */
export const stateWords = {
  used: ["used", "A pod has it."],
  reserved: ["reserved", "It is handed out to a pod that is not known to be stored."],
  held: ["held by a claim", "An IPAMClaim keeps it."],
  router: ["router", "A gateway or another port of a router has it."],
  other: ["other", "A port of somebody, a NAT address or a load balancer has it."],
  excluded: ["excluded", "Nobody gets it."],
  free: ["free", "The next pod can get it."],
  pool: ["free in a pool", "Those who choose the pool can get it."],
} as const satisfies Record<SpaceState, readonly [string, string]>;

/** Says of a cell who has it, as a person would: `10.0.0.5, used, pod shop/web-0`. */
export function sayCell({ address, state, segment }: AddressCell): string {
  if (state === undefined) return `${address}, not read yet`;
  const pool = segment?.pool === undefined ? "" : `, pool ${segment.pool}`;
  return `${address}, ${stateWords[state][0]}${segment?.who === undefined ? "" : `, ${segment.who}`}${pool}`;
}

/** The index of the cell to which a key leads, in rows of `width`. */
export function moveInGrid(key: string, at: number, count: number, width: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - width,
    ArrowDown: at + width,
    Home: at - (at % width),
    End: Math.min(count - 1, at - (at % width) + width - 1),
    PageUp: at % width,
    PageDown: count - width + (at % width),
  };
  const to = moves[key];
  return to === undefined || to < 0 || to >= count ? undefined : to;
}
