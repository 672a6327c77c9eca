import { OvsdbError } from "../errors/ovsdb-error.ts";
import { encodeAtom } from "./atom.ts";
import type { ColumnSpec } from "./table.ts";

/** The value of a column in the notation of the wire (`<value>` of RFC 7047 section 5.1). Throws `InvalidUse`. */
export function encodeValue(spec: ColumnSpec, value: unknown, field: string): unknown {
  switch (spec.shape) {
    case "one":
      return encodeAtom(spec.key, value, field);
    case "optional":
      return value === undefined ? ["set", []] : encodeAtom(spec.key, value, field);
    case "set":
    case "bigSet":
      return encodeSet(spec, value, field);
    case "map":
      return encodeMap(spec, value, field);
  }
}

/** Like `encodeValue`, for a mutation: a map may also be given by its keys alone, which deletes them with any value. */
export function encodeMutation(spec: ColumnSpec, value: unknown, field: string): unknown {
  const keysOnly = spec.shape === "map" && (Array.isArray(value) || value instanceof Set);
  return keysOnly ? encodeSet(spec, value, field) : encodeValue(spec, value, field);
}

function encodeSet(spec: ColumnSpec, items: unknown, field: string): unknown {
  if (!Array.isArray(items) && !(items instanceof Set)) throw wrongType("set", field);
  return ["set", Array.from(items as Iterable<unknown>, (item) => encodeAtom(spec.key, item, field))];
}

function encodeMap(spec: ColumnSpec, value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType("map", field);
  // A ReadonlyMap of the replica is no Map, but it can be iterated.
  const entries = Symbol.iterator in value ? (value as Iterable<[unknown, unknown]>) : Object.entries(value);
  const valueKind = spec.value ?? "string";
  return ["map", Array.from(entries, ([k, v]) => [encodeAtom(spec.key, k, field), encodeAtom(valueKind, v, field)])];
}

function wrongType(shape: string, field: string): OvsdbError {
  return new OvsdbError("InvalidUse", `${field}: not a ${shape}`, { details: { field } });
}
