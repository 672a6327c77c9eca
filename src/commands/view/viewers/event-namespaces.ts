import type { ViewItem } from "#src/view/contract/view-item.ts";

export interface EventReader {
  readonly username: string;
  /** True when the user may list the Events of a namespace, and without one those of all. */
  readonly mayList: (namespace: string | undefined) => Promise<boolean>;
  /** The objects that the user sees. */
  readonly items: () => readonly ViewItem[];
}

/** The namespaces whose Events are read for one who may not read them everywhere. */
const mostNamespaces = 16;

/** All namespaces for one who may list their Events, and else his own and those of what he sees, where he may list them. */
export async function eventNamespaces(reader: EventReader): Promise<readonly (string | undefined)[]> {
  const { username, mayList, items } = reader;
  if (await mayList(undefined)) return [undefined];
  // Where everything is refused there are no pods.
  const own = /^system:serviceaccount:([^:]+):/.exec(username)?.[1] ?? [];
  const named = [...new Set([own, items().map((item) => item.namespace ?? [])].flat(2))];
  const found: string[] = [];
  while (named.length > 0 && found.length < mostNamespaces) {
    const asked = named.splice(0, mostNamespaces);
    const allowed = await Promise.all(asked.map(mayList));
    found.push(...asked.filter((_, index) => allowed[index]));
  }
  return found.length === 0 ? [undefined] : found.slice(0, mostNamespaces).sort();
}
