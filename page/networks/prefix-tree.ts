import { cidrAround, type Cidr, lastIp, printCidr, sizeOfCidr } from "#src/net/cidr.ts";
import { type Family, printIp } from "#src/net/ip.ts";
import type { SpaceState } from "#src/view/contract/network-space.ts";
import { countStates, type SpaceSpan, spansWithin, type SpaceCounts } from "./space-span.ts";

/** A prefix of a tree, or addresses beside each other that are all in one state. */
export type SpaceBranch =
  | { readonly kind: "prefix"; readonly cidr: Cidr; readonly label: string; readonly counts: SpaceCounts }
  | {
      readonly kind: "run";
      readonly state: SpaceState;
      readonly from: string;
      readonly to: string;
      readonly size: bigint;
      readonly label: string;
    };

/** A prefix of so many addresses is shown as a grid. */
export const mostCells = 256n;

const stepBits = 4;

/**
 * The parts of a prefix: those which are mixed as prefixes that can be opened, and runs between them. Steps on which only
 * one prefix is mixed are left out, so a /64 with thirty addresses at its beginning is one small prefix and a long run.
 */
export function branchesOf(spans: readonly SpaceSpan[], cidr: Cidr): readonly SpaceBranch[] {
  const parts = partsOf(spans, narrowed(spans, cidr), cidr);
  return parts.map((part) => (part.kind === "run" ? part : { ...part, counts: countsIn(spans, part.cidr) }));
}

/** The numbers of addresses of a prefix by state. */
export function countsIn(spans: readonly SpaceSpan[], cidr: Cidr): SpaceCounts {
  return countStates(spansWithin(spans, cidr.first.value, lastIp(cidr).value));
}

/** The parts of a prefix that are mixed, each as the longest prefix in which it lies. */
function narrowed(spans: readonly SpaceSpan[], cidr: Cidr): readonly Cidr[] {
  const inner = tight(spans, cidr);
  if (sizeOfCidr(inner) <= mostCells) return [inner];
  return mixedChildren(spans, inner).map((child) => tight(spans, child));
}

/** Goes down for as long as only one child is mixed, and what is left is larger than a grid. */
function tight(spans: readonly SpaceSpan[], cidr: Cidr): Cidr {
  for (let inner = cidr; ; ) {
    if (sizeOfCidr(inner) <= mostCells) return inner;
    const [only, ...others] = mixedChildren(spans, inner);
    if (only === undefined || others.length > 0) return inner;
    inner = only;
  }
}

function mixedChildren(spans: readonly SpaceSpan[], cidr: Cidr): readonly Cidr[] {
  return childrenOf(cidr).filter((child) => isMixed(spans, child));
}

/** The prefixes, and the runs of `whole` that are between them. */
function partsOf(spans: readonly SpaceSpan[], prefixes: readonly Cidr[], whole: Cidr): readonly SpaceBranch[] {
  const parts: SpaceBranch[] = [];
  let at = whole.first.value;
  const fill = (end: bigint): void => {
    if (at > end) return;
    for (const run of mergeRuns(spansWithin(spans, at, end))) parts.push(printRun(run, whole.family));
  };
  for (const cidr of prefixes) {
    fill(cidr.first.value - 1n);
    parts.push({ kind: "prefix", cidr, label: printCidr(cidr), counts: {} });
    at = lastIp(cidr).value + 1n;
  }
  fill(lastIp(whole).value);
  return parts;
}

function childrenOf(cidr: Cidr): readonly Cidr[] {
  const { family, prefixLength, first } = cidr;
  const bits = family === 4 ? 32 : 128;
  const length = Math.min(bits, (Math.floor(prefixLength / stepBits) + 1) * stepBits);
  const size = 1n << BigInt(bits - length);
  const count = 1 << (length - prefixLength);
  return Array.from({ length: count }, (_, index) => {
    return cidrAround({ family, value: first.value + size * BigInt(index) }, length) ?? cidr;
  });
}

/** True when the addresses are not all in one state, or somebody has one of them. */
function isMixed(spans: readonly SpaceSpan[], cidr: Cidr): boolean {
  const inside = spansWithin(spans, cidr.first.value, lastIp(cidr).value);
  const states = new Set(inside.map(({ segment }) => segment.state));
  return states.size > 1 || inside.some(({ segment }) => segment.who !== undefined);
}

function mergeRuns(spans: readonly SpaceSpan[]): readonly SpaceSpan[] {
  const runs: SpaceSpan[] = [];
  for (const span of spans) {
    const before = runs.at(-1);
    const joins = before?.segment.state === span.segment.state && before.segment.who === undefined;
    if (joins && span.segment.who === undefined) runs[runs.length - 1] = { ...before, last: span.last };
    else runs.push(span);
  }
  return runs;
}

function printRun({ first, last, segment }: SpaceSpan, family: Family): SpaceBranch {
  const from = printIp({ family, value: first });
  const to = printIp({ family, value: last });
  const label = first === last ? from : `${from} – ${to}`;
  return { kind: "run", state: segment.state, from, to, size: last - first + 1n, label };
}
