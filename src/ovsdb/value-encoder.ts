import { encodeAtom } from "./atom.ts";
import type { ColumnSpec } from "./table.ts";

/** The wire notation (`<value>` of RFC 7047 section 5.1) of a column's value. */
export function encodeValue(spec: ColumnSpec, value: unknown, field: string): unknown {
  switch (spec.shape) {
    case "one":
      return encodeAtom(spec.key, value, field);
    case "optional":
      return value === undefined ? ["set", []] : encodeAtom(spec.key, value, field);
    case "set":
    case "bigSet":
      return encodeSet(spec, value as Iterable<unknown>, field);
    case "map":
      return encodeMap(spec, value, field);
  }
}

/** As `encodeValue`; a map's mutation may also take keys alone, to delete them whatever their value is. */
export function encodeMutation(spec: ColumnSpec, value: unknown, field: string): unknown {
  const keysOnly = spec.shape === "map" && (Array.isArray(value) || value instanceof Set);
  return keysOnly ? encodeSet(spec, value as Iterable<unknown>, field) : encodeValue(spec, value, field);
}

function encodeSet(spec: ColumnSpec, items: Iterable<unknown>, field: string): unknown {
  return ["set", Array.from(items, (item) => encodeAtom(spec.key, item, field))];
}

function encodeMap(spec: ColumnSpec, value: unknown, field: string): unknown {
  const entries =
    typeof value === "object" && value !== null && Symbol.iterator in value
      ? (value as Iterable<[unknown, unknown]>)
      : Object.entries(value as object);
  const valueKind = spec.value ?? "string";
  return ["map", Array.from(entries, ([k, v]) => [encodeAtom(spec.key, k, field), encodeAtom(valueKind, v, field)])];
}
