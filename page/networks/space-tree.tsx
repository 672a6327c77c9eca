import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type Cidr, sizeOfCidr } from "#src/net/cidr.ts";
import { printDecimal } from "../text/counts.ts";
import { AddressGrid } from "./address-grid.tsx";
import { stateWords } from "./address-cells.ts";
import { branchesOf, mostCells, type SpaceBranch } from "./prefix-tree.ts";
import type { SpaceSpan, SpaceCounts } from "./space-span.ts";

interface SpaceTreeProps {
  readonly spans: readonly SpaceSpan[];
  readonly cidr: Cidr;
}

/** A prefix as what it consists of. Small ones are grids; in larger ones the mixed parts can be opened. */
export function SpaceTree({ spans, cidr }: SpaceTreeProps): JSX.Element {
  const isSmall = sizeOfCidr(cidr) <= mostCells;
  const branches = useMemo(() => (isSmall ? [] : branchesOf(spans, cidr)), [spans, cidr, isSmall]);
  if (isSmall) return <AddressGrid spans={spans} cidr={cidr} />;
  const firstMixed = branches.find(({ kind }) => kind === "prefix");
  return (
    <ul class="tree">
      {branches.map((branch) => (
        <li key={branch.label}>
          {branch.kind === "run" ? (
            <RunLine run={branch} />
          ) : (
            <Branch spans={spans} branch={branch} startsOpen={branch === firstMixed} />
          )}
        </li>
      ))}
    </ul>
  );
}

function RunLine({ run }: { readonly run: Extract<SpaceBranch, { readonly kind: "run" }> }): JSX.Element {
  return (
    <span class="tree-run">
      <span class={`swatch state-${run.state}`} aria-hidden="true" /> <code>{run.label}</code>{" "}
      <span class="muted">
        {printDecimal(run.size.toString())} {stateWords[run.state][0]}
      </span>
    </span>
  );
}

interface BranchProps {
  readonly spans: readonly SpaceSpan[];
  readonly branch: Extract<SpaceBranch, { readonly kind: "prefix" }>;
  readonly startsOpen: boolean;
}

function Branch({ spans, branch, startsOpen }: BranchProps): JSX.Element {
  const [isOpen, open] = useState(startsOpen);
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary>
        <code>{branch.label}</code> <CountWords counts={branch.counts} />
      </summary>
      {isOpen && <SpaceTree spans={spans} cidr={branch.cidr} />}
    </details>
  );
}

/** `34 used, 1 router, 221 free`: the numbers of addresses by state. */
export function CountWords({ counts }: { readonly counts: SpaceCounts }): JSX.Element {
  const words = Object.entries(stateWords).flatMap(([state, [word]]) => {
    const count = counts[state as keyof SpaceCounts];
    return count === undefined ? [] : [`${printDecimal(count.toString())} ${word}`];
  });
  return <span class="muted">{words.join(", ")}</span>;
}
