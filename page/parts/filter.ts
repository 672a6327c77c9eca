import type { ViewItem } from "#src/view/contract/view-item.ts";

/** The words and choices with which people see fewer objects. */
export interface Filter {
  readonly text: string;
  /** Empty for all. */
  readonly namespace: string;
  readonly onlyFaults: boolean;
}

export const noFilter: Filter = { text: "", namespace: "", onlyFaults: false };

/**
 * True when each word of the text is somewhere in the object's name, namespace, reason or `more`. Objects outside of namespaces
 * stay, whichever is chosen. A fault is what is not ready.
 */
export function passesFilter(item: ViewItem, filter: Filter, more: readonly string[] = []): boolean {
  if (filter.onlyFaults && item.ready !== "no") return false;
  if (filter.namespace !== "" && item.namespace !== undefined && item.namespace !== filter.namespace) return false;
  if (filter.text.trim() === "") return true;
  const hay = [`${item.namespace ?? ""}/${item.name}`, item.reason ?? "", ...more].join(" ").toLowerCase();
  const words = filter.text.toLowerCase().split(/\s+/);
  return words.every((word) => hay.includes(word));
}

/** The namespaces of objects, in the order of names. */
export function namespacesOf(items: readonly ViewItem[]): readonly string[] {
  const names = new Set<string>();
  for (const { namespace } of items) if (namespace !== undefined) names.add(namespace);
  return [...names].sort();
}
