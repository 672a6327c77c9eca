import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "./json-value.ts";

/** One operation of RFC 6902, of the three kinds that we use. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string };

/** Member names from the root, unescaped: `["metadata", "annotations", "example.org/key"]`. */
export type FieldPath = readonly string[];

type Edit =
  | { readonly kind: "set"; readonly value: JsonValue }
  | { readonly kind: "remove" }
  | { readonly kind: "list"; readonly added: JsonValue[]; readonly removed: Set<string> };

interface EditNode {
  readonly children: Map<string, EditNode>;
  edit: Edit | undefined;
}

const emptyNode = (): EditNode => ({ children: new Map(), edit: undefined });

/**
 * Collects edits of named fields of one object and prints them as the fewest RFC 6902 operations. Only the named
 * fields are ever compared, so nothing else of the object can get into the patch. Edit a map or its members, not both.
 */
export class JsonPatch {
  readonly #before: JsonObject;
  readonly #root = emptyNode();

  constructor(before: JsonObject) {
    this.#before = before;
  }

  /** Sets a member of a map; missing parents are made. */
  set(path: FieldPath, value: JsonValue): this {
    this.#node(path).edit = { kind: "set", value };
    return this;
  }

  /** Removes a member of a map; does nothing when it is not there. */
  remove(path: FieldPath): this {
    this.#node(path).edit = { kind: "remove" };
    return this;
  }

  /** Appends to a list (finalizers, readiness gates) unless it holds the same already; a missing list is made. */
  append(path: FieldPath, value: JsonValue): this {
    const list = this.#list(path);
    if (typeof value === "string") list.removed.delete(value);
    if (!holds(list.added, value)) list.added.push(value);
    return this;
  }

  /** Removes every occurrence of a text from a list of strings. */
  removeFrom(path: FieldPath, text: string): this {
    const list = this.#list(path);
    const at = list.added.indexOf(text);
    if (at >= 0) list.added.splice(at, 1);
    list.removed.add(text);
    return this;
  }

  /** The operations, in an order in which they apply. Empty when the object is already as wanted. */
  operations(): PatchOperation[] {
    return operationsOf(this.#root, this.#before, []);
  }

  #list(path: FieldPath): Extract<Edit, { kind: "list" }> {
    const node = this.#node(path);
    if (node.edit?.kind === "list") return node.edit;
    const edit: Extract<Edit, { kind: "list" }> = { kind: "list", added: [], removed: new Set() };
    node.edit = edit;
    return edit;
  }

  #node(path: FieldPath): EditNode {
    let node = this.#root;
    for (const name of path) {
      const next = node.children.get(name) ?? emptyNode();
      node.children.set(name, next);
      node = next;
    }
    return node;
  }
}

function operationsOf(node: EditNode, before: JsonValue | undefined, path: FieldPath): PatchOperation[] {
  if (node.edit !== undefined) return leafOperations(node.edit, before, path);
  if (!isJsonObject(before)) {
    const value = valueOf(node);
    return value === undefined ? [] : [put(before, path, value)];
  }
  return [...node.children].flatMap(([name, child]) =>
    operationsOf(child, Object.hasOwn(before, name) ? before[name] : undefined, [...path, name]),
  );
}

function leafOperations(edit: Edit, before: JsonValue | undefined, path: FieldPath): PatchOperation[] {
  switch (edit.kind) {
    case "set":
      return isDeepStrictEqual(before, edit.value) ? [] : [put(before, path, edit.value)];
    case "remove":
      return before === undefined ? [] : [{ op: "remove", path: printPointer(path) }];
    case "list":
      return listOperations(edit.added, edit.removed, before, path);
  }
}

/** Removes from the end first, so that each index is still right when its turn comes. */
function listOperations(
  added: readonly JsonValue[],
  removed: ReadonlySet<string>,
  before: JsonValue | undefined,
  path: FieldPath,
): PatchOperation[] {
  if (!Array.isArray(before)) return added.length === 0 ? [] : [put(before, path, added)];
  const items: readonly JsonValue[] = before;
  const removals = items.flatMap((item, index): PatchOperation[] =>
    typeof item === "string" && removed.has(item)
      ? [{ op: "remove", path: printPointer([...path, index.toString()]) }]
      : [],
  );
  const additions = added
    .filter((value) => !holds(items, value))
    .map((value): PatchOperation => ({ op: "add", path: printPointer([...path, "-"]), value }));
  return [...removals.reverse(), ...additions];
}

function holds(items: readonly JsonValue[], value: JsonValue): boolean {
  return items.some((item) => isDeepStrictEqual(item, value));
}

/** The value that the edits make below a missing parent; undefined when they only remove. */
function valueOf(node: EditNode): JsonValue | undefined {
  const { edit } = node;
  if (edit?.kind === "set") return edit.value;
  if (edit?.kind === "list") return edit.added.length === 0 ? undefined : edit.added;
  const members = [...node.children].flatMap(([name, child]) => {
    const value = valueOf(child);
    return value === undefined ? [] : [[name, value] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function put(before: JsonValue | undefined, path: FieldPath, value: JsonValue): PatchOperation {
  return { op: before === undefined ? "add" : "replace", path: printPointer(path), value };
}

/** Prints a JSON pointer (RFC 6901): `~` is escaped first, then `/`. */
function printPointer(path: FieldPath): string {
  return path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
