// All objects of which the server told, and the connection that keeps them up to date.
import { type Signal, signal } from "@preact/signals";
import type { ViewItem, ViewKind } from "#src/view/contract/view-item.ts";

/** The item of a kind. */
export type ItemOf<K extends ViewKind> = Extract<ViewItem, { readonly kind: K }>;

interface Shelf {
  readonly items: Map<string, ViewItem>;
  readonly version: Signal<number>;
  sorted: readonly ViewItem[] | undefined;
}

/**
 * Keeps items by their keys. Whoever reads in a component or an effect is run again when that kind changes. A list is
 * sorted once for all who read it.
 */
export class KnownItems {
  readonly #shelves = new Map<string, Shelf>();

  /** Takes the place of all that was there. */
  replaceAll(items: readonly ViewItem[]): void {
    for (const shelf of this.#shelves.values()) shelf.items.clear();
    for (const item of items) this.#shelf(item.kind).items.set(item.key, item);
    for (const shelf of this.#shelves.values()) touch(shelf);
  }

  change(items: readonly ViewItem[], gone: readonly string[]): void {
    const touched = new Set<Shelf>();
    for (const key of gone) {
      const shelf = this.#shelf(kindOfKey(key));
      if (shelf.items.delete(key)) touched.add(shelf);
    }
    for (const item of items) {
      const shelf = this.#shelf(item.kind);
      shelf.items.set(item.key, item);
      touched.add(shelf);
    }
    for (const shelf of touched) touch(shelf);
  }

  /** All items of a kind in the order of namespaces and names. */
  all<K extends ViewKind>(kind: K): readonly ItemOf<K>[] {
    const shelf = this.#shelf(kind);
    follow(shelf);
    shelf.sorted ??= [...shelf.items.values()].sort(compareItems);
    return shelf.sorted as readonly ItemOf<K>[];
  }

  get(key: string): ViewItem | undefined {
    const shelf = this.#shelf(kindOfKey(key));
    follow(shelf);
    return shelf.items.get(key);
  }

  count(kind: ViewKind): number {
    const shelf = this.#shelf(kind);
    follow(shelf);
    return shelf.items.size;
  }

  #shelf(kind: string): Shelf {
    const found = this.#shelves.get(kind);
    if (found !== undefined) return found;
    const made: Shelf = { items: new Map(), version: signal(0), sorted: undefined };
    this.#shelves.set(kind, made);
    return made;
  }
}

/** The kind of the object that a key names. */
function kindOfKey(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

/** Reading the version makes the reader run again when it changes. */
function follow(shelf: Shelf): number {
  return shelf.version.value;
}

function touch(shelf: Shelf): void {
  shelf.sorted = undefined;
  shelf.version.value += 1;
}

function compareItems(a: ViewItem, b: ViewItem): number {
  return compareTexts(a.namespace ?? "", b.namespace ?? "") || compareTexts(a.name, b.name);
}

/** By code units, which is the order of Kubernetes and takes a tenth of the time of a collator. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
