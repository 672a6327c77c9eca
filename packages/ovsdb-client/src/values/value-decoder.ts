import { OvsdbError } from "../errors/ovsdb-error.ts";
import { type Atom, atomDefaults, decodeAtom } from "./atom.ts";
import { compactMap } from "./compact-map.ts";
import type { Interner } from "./interner.ts";
import { packMap } from "./packed-map.ts";
import type { ColumnSpec } from "./table.ts";

const emptySet: readonly Atom[] = Object.freeze([]);

/** The value of a column from the wire (`<value>` of RFC 7047 section 5.1). Throws `ProtocolError`. */
export function decodeValue(spec: ColumnSpec, wire: unknown, interner: Interner): unknown {
  switch (spec.shape) {
    case "one":
      return decodeOne(spec, wire);
    case "optional":
      return isEmptySet(wire) ? undefined : decodeOne(spec, wire);
    case "set": {
      const items = decodeItems(spec, wire, interner);
      return items.length === 0 ? emptySet : items;
    }
    case "bigSet":
      return new Set(decodeItems(spec, wire, interner));
    case "map":
      return storedMap(spec, decodeEntries(spec, wire, interner));
  }
}

/** The value of a column that the server has left out. */
export function defaultValue(spec: ColumnSpec): unknown {
  switch (spec.shape) {
    case "one":
      return atomDefaults[spec.key];
    case "optional":
      return undefined;
    case "set":
      return emptySet;
    case "bigSet":
      return new Set();
    case "map":
      return compactMap([]);
  }
}

/** The elements of a set. Servers send a set of one element as that element. */
export function decodeItems(spec: ColumnSpec, wire: unknown, interner: Interner): readonly Atom[] {
  const items = elements(wire);
  if (items === undefined) return [decodeInterned(spec.key, wire, interner)];
  // The array that map() makes has no spare room.
  return items.map((item) => decodeInterned(spec.key, item, interner));
}

/** The entries of a map, without the keys that the column does not keep. */
export function decodeEntries(spec: ColumnSpec, wire: unknown, interner: Interner): (readonly [Atom, Atom])[] {
  if (!Array.isArray(wire) || wire[0] !== "map" || !Array.isArray(wire[1])) throw malformed("map");
  const entries: (readonly [Atom, Atom])[] = [];
  for (const pair of wire[1] as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) throw malformed("map");
    const key: unknown = pair[0];
    if (spec.keep !== undefined && !spec.keep.has(key as string)) continue;
    entries.push([decodeInterned(spec.key, key, interner), decodeInterned(spec.value ?? "string", pair[1], interner)]);
  }
  return entries;
}

/** A map column as the replica keeps it. */
export function storedMap(spec: ColumnSpec, entries: readonly (readonly [Atom, Atom])[]): ReadonlyMap<Atom, Atom> {
  const packed = spec.keep === undefined || entries.length === 0 ? undefined : packMap(entries, spec.keep);
  return packed ?? compactMap(entries);
}

function decodeInterned(kind: ColumnSpec["key"], wire: unknown, interner: Interner): Atom {
  const atom = decodeAtom(kind, wire);
  if (kind === "string") return interner.intern(atom as string);
  return kind === "uuid" ? interner.uuid(atom as string) : atom;
}

function decodeOne(spec: ColumnSpec, wire: unknown): Atom {
  const items = elements(wire);
  if (items === undefined) return decodeAtom(spec.key, wire);
  if (items.length !== 1) throw malformed("single value");
  return decodeAtom(spec.key, items[0]);
}

function elements(wire: unknown): readonly unknown[] | undefined {
  return Array.isArray(wire) && wire[0] === "set" && Array.isArray(wire[1]) ? (wire[1] as unknown[]) : undefined;
}

function isEmptySet(wire: unknown): boolean {
  return elements(wire)?.length === 0;
}

function malformed(what: string): OvsdbError {
  return new OvsdbError("ProtocolError", `the server sent a value that is not an OVSDB ${what}`);
}
