import type { JSX } from "preact";
import type { ViewUsage } from "#src/view/contract/view-item.ts";
import { printDecimal, printShare, shareOf } from "../text/counts.ts";

/** Shows how full a subnet or a pool is, as a bar and in words. */
export function UsageBar({ usage: { of, pool, capacity, used, free } }: { readonly usage: ViewUsage }): JSX.Element {
  // An address that is neither used nor free is excluded or somebody else's, and no pod gets it.
  const share = 1 - shareOf(free, capacity);
  const level = free === "0" ? "full" : share > 0.85 ? "high" : "low";
  return (
    <div class="usage">
      <code>{pool === undefined ? of : `pool ${pool}`}</code>
      <span class="usage-bar" aria-hidden="true">
        {share > 0 && <span class={`usage-fill usage-${level}`} style={{ width: `${(share * 100).toFixed(2)}%` }} />}
      </span>
      <span class="muted small">
        {printDecimal(used)} used, {printDecimal(free)} free ({printShare(1 - share)})
      </span>
    </div>
  );
}
