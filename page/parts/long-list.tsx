import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface LongListProps {
  /** The name of the list, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly count: number;
  readonly rowHeight: number;
  /** The class of each row, which says how wide its columns are. */
  readonly rowClass: string;
  readonly keyOf: (index: number) => string;
  /** The cells of a row, one for each column. */
  readonly cells: (index: number) => readonly ComponentChildren[];
}

type Options = VirtualizerOptions<HTMLDivElement, Element>;

/**
 * A table of any length, of which only the rows in sight are in the document. It says its whole length to screen readers, and
 * scrolls with the keys of the browser.
 */
export function LongList(props: LongListProps): JSX.Element {
  const { label, columns, count, rowHeight, rowClass, keyOf, cells } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [, draw] = useState(0);
  // It is told no keys: with another function for them it would look at all rows anew each time that some are drawn.
  const options: Options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw((before) => before + 1),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, Element>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return (
    <div class="long-list" role="table" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup">
        <div class={`long-list-row long-list-head ${rowClass}`} role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <span key={column} role="columnheader">
              {column}
            </span>
          ))}
        </div>
      </div>
      <div class="long-list-scroller" ref={scroller} role="rowgroup" tabIndex={0} aria-label={`Rows of ${label}`}>
        <div class="long-list-whole" role="presentation" style={{ height: `${virtualizer.getTotalSize()}px` }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => (
            <div
              key={keyOf(index)}
              class={`long-list-row ${rowClass}`}
              role="row"
              aria-rowindex={index + 2}
              style={{ transform: `translateY(${start}px)`, height: `${rowHeight}px` }}
            >
              {cells(index).map((cell, at) => (
                <span key={columns[at]} role="cell">
                  {cell}
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
