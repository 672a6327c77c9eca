import type { JSX } from "preact";
import type { SpaceSegment, SpaceState } from "#src/view/contract/network-space.ts";
import { ObjectLink } from "../parts/object-link.tsx";
import { stateWords } from "./address-cells.ts";

interface SegmentDetailsProps {
  readonly address: string;
  readonly state: SpaceState | undefined;
  readonly segment: SpaceSegment | undefined;
}

/** Tells who has an address, and all that is known of it. */
export function SegmentDetails({ address, state, segment }: SegmentDetailsProps): JSX.Element {
  const [word, meaning] = state === undefined ? ["not read yet", ""] : stateWords[state];
  const facts = [
    ["MAC", segment?.mac],
    ["Port", segment?.port],
    ["Allocation", segment?.allocation],
    ["Pool", segment?.pool],
  ] as const;
  return (
    <div class="segment">
      <p class="segment-title">
        <code>{address}</code> <span class={`swatch state-${state ?? "unread"}`} aria-hidden="true" /> {word}
      </p>
      {segment?.who !== undefined && (
        <p>{segment.key === undefined ? segment.who : <ObjectLink of={segment.key} text={segment.who} />}</p>
      )}
      <p class="muted small">{meaning}</p>
      <dl class="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ),
        )}
      </dl>
    </div>
  );
}
