import type { JSX } from "preact";
import type { SpaceState } from "#src/view/contract/network-space.ts";
import { printDecimal } from "../text/counts.ts";
import { stateWords } from "./address-cells.ts";
import type { SpaceCounts } from "./space-span.ts";

/** The states that there are in a subnet, each with its look and its number. */
export function Legend({ counts }: { readonly counts: SpaceCounts }): JSX.Element {
  const states = Object.keys(stateWords) as readonly SpaceState[];
  return (
    <ul class="legend">
      {states.map((state) => {
        const count = counts[state];
        if (count === undefined) return null;
        const [word, meaning] = stateWords[state];
        return (
          <li key={state} title={meaning}>
            <span class={`swatch state-${state}`} aria-hidden="true" /> {word}{" "}
            <span class="muted">{printDecimal(count.toString())}</span>
          </li>
        );
      })}
    </ul>
  );
}
