/** The names of our definitions for a policy in CEL, which can read a ConfigMap and no other kind. */
export interface DefinitionList {
  /** By namespace, the names of its definitions with a space between them. */
  readonly data: Readonly<Record<string, string>>;
  /** The number of definitions for which there was no room. */
  readonly left: number;
}

/** A ConfigMap holds 1 MiB. The rest of it is for names of fields. */
const maxBytes = 900_000;

/** Makes the list of definitions by their keys (`namespace/name`). The same keys give the same list, in whatever order. */
export function definitionList(keys: Iterable<string>): DefinitionList {
  const names = new Map<string, string[]>();
  let bytes = 0;
  let left = 0;
  for (const key of [...keys].sort()) {
    const [namespace = "", name = ""] = key.split("/");
    bytes += name.length + 1 + (names.has(namespace) ? 0 : namespace.length);
    if (bytes > maxBytes) {
      left += 1;
      continue;
    }
    const those = names.get(namespace);
    if (those === undefined) names.set(namespace, [name]);
    else those.push(name);
  }
  return { data: Object.fromEntries([...names].map(([namespace, all]) => [namespace, all.join(" ")])), left };
}

/**
 * The merge that turns the data of a ConfigMap into the list; undefined when they are equal. A namespace that has no
 * definition any more is removed.
 */
export function listChanges(
  stored: ReadonlyMap<string, string>,
  wanted: DefinitionList["data"],
): Readonly<Record<string, string | null>> | undefined {
  const changes: Record<string, string | null> = {};
  for (const [namespace, names] of Object.entries(wanted)) {
    if (stored.get(namespace) !== names) changes[namespace] = names;
  }
  for (const namespace of stored.keys()) if (!Object.hasOwn(wanted, namespace)) changes[namespace] = null;
  return Object.keys(changes).length === 0 ? undefined : changes;
}
