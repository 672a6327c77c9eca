// Keeps what the page is shown, and tells every page that is open of each change.
import type { ViewChange } from "../contract/view-event.ts";
import type { ViewItem } from "../contract/view-item.ts";

/** The difference of two states of the network. */
export type ItemChange = Pick<ViewChange, "items" | "gone">;

interface Kept {
  readonly item: ViewItem;
  readonly text: string;
}

/** The objects as the page knows them, by key. */
export class ItemStore {
  #kept = new Map<string, Kept>();

  /** Takes all objects that there are now, and gives the difference; undefined when there is none. The last one of a key counts. */
  replace(items: Iterable<ViewItem>): ItemChange | undefined {
    const next = new Map<string, Kept>();
    for (const item of items) next.set(item.key, { item, text: JSON.stringify(item) });
    const changed = [...next.values()].filter(({ item, text }) => this.#kept.get(item.key)?.text !== text);
    const gone = [...this.#kept.keys()].filter((key) => !next.has(key));
    this.#kept = next;
    return changed.length + gone.length === 0 ? undefined : { items: changed.map(({ item }) => item), gone };
  }

  get(key: string): ViewItem | undefined {
    return this.#kept.get(key)?.item;
  }

  items(): readonly ViewItem[] {
    return [...this.#kept.values()].map(({ item }) => item);
  }
}
