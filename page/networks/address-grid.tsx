import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Cidr } from "#src/net/cidr.ts";
import { printCidr } from "#src/net/cidr.ts";
import { cellsOf, moveInGrid, sayCell } from "./address-cells.ts";
import { SegmentDetails } from "./segment-details.tsx";
import type { SpaceSpan } from "./space-span.ts";

const width = 16;

/** Each address of a small prefix as a square, with who has the one under the mouse or the focus. */
export function AddressGrid({
  spans,
  cidr,
}: {
  readonly spans: readonly SpaceSpan[];
  readonly cidr: Cidr;
}): JSX.Element {
  const cells = useMemo(() => cellsOf(spans, cidr), [spans, cidr]);
  const [at, moveTo] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const cell = cells[Math.min(at, cells.length - 1)];
  const rows = Array.from({ length: Math.ceil(cells.length / width) }, (_, row) => row * width);
  const indexOf = (event: Event): number | undefined => {
    const target = event.target instanceof HTMLElement ? event.target.dataset["at"] : undefined;
    return target === undefined ? undefined : Number(target);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = moveInGrid(event.key, at, cells.length, width);
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
    grid.current?.querySelector<HTMLElement>(`[data-at="${to}"]`)?.focus();
  };
  const choose = (event: Event): void => {
    const index = indexOf(event);
    if (index !== undefined) moveTo(index);
  };
  return (
    <div class="space-grid">
      <div
        ref={grid}
        role="grid"
        aria-label={`Addresses of ${printCidr(cidr)}`}
        class="cells"
        onKeyDown={onKeyDown}
        onMouseOver={choose}
        onFocusCapture={choose}
      >
        {rows.map((begin) => (
          <div key={begin} role="row" class="cells-row">
            {cells.slice(begin, begin + width).map((each, column) => (
              <span
                key={each.address}
                role="gridcell"
                class={`cell state-${each.state ?? "unread"}`}
                data-at={begin + column}
                tabIndex={begin + column === at ? 0 : -1}
                aria-label={sayCell(each)}
                aria-selected={begin + column === at}
              />
            ))}
          </div>
        ))}
      </div>
      {cell !== undefined && <SegmentDetails address={cell.address} state={cell.state} segment={cell.segment} />}
    </div>
  );
}
