// The five atomic types of OVSDB (RFC 7047 section 5.1) as JavaScript values, from the wire and to it.
import { OvsdbError } from "../errors/ovsdb-error.ts";

export type AtomKind = "string" | "integer" | "real" | "boolean" | "uuid";

/** A 64-bit integer: a number where a number is exact, else a bigint. */
export type OvsdbInteger = number | bigint;

export type Atom = string | number | bigint | boolean;

/**
 * It stands in a transaction for the row that an insert of the same transaction makes under this name (`uuid-name`).
 */
export interface NamedUuid {
  readonly namedUuid: string;
}

/** Refers to the row that `insert(table, row, uuidName)` of the same transaction makes. */
export function namedUuid(name: string): NamedUuid {
  return { namedUuid: name };
}

export const zeroUuid = "00000000-0000-0000-0000-000000000000";

/** The default of each type. Servers leave a column out when it has its default. */
export const atomDefaults: Readonly<Record<AtomKind, Atom>> = {
  string: "",
  integer: 0,
  real: 0,
  boolean: false,
  uuid: zeroUuid,
};

// JSON.stringify inserts such a value verbatim. No other way writes an integer that a number cannot hold.
const exactNumber = Reflect.get(JSON, "rawJSON") as (text: string) => unknown;

/** An atom in the notation of the wire. Throws `InvalidUse`, with `field` as its name, for a value of another type. */
export function encodeAtom(kind: AtomKind, value: unknown, field: string): unknown {
  switch (kind) {
    case "string":
      if (typeof value === "string") return value;
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "real":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      break;
    case "integer":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return exactNumber(value.toString());
      break;
    case "uuid":
      if (typeof value === "string") return ["uuid", value];
      if (isNamedUuid(value)) return ["named-uuid", value.namedUuid];
      break;
  }
  throw new OvsdbError("InvalidUse", `${field}: not a value of OVSDB type ${kind}`, { details: { field } });
}

/** The value of an atom from the wire. Throws `ProtocolError` for a value of another type. */
export function decodeAtom(kind: AtomKind, wire: unknown): Atom {
  switch (kind) {
    case "string":
      if (typeof wire === "string") return wire;
      break;
    case "boolean":
      if (typeof wire === "boolean") return wire;
      break;
    case "real":
      if (typeof wire === "number") return wire;
      if (typeof wire === "bigint") return Number(wire);
      break;
    case "integer":
      if (typeof wire === "number" && Number.isSafeInteger(wire)) return wire;
      if (typeof wire === "bigint") return wire;
      break;
    case "uuid":
      if (Array.isArray(wire) && wire[0] === "uuid" && typeof wire[1] === "string") return wire[1];
      break;
  }
  throw new OvsdbError("ProtocolError", `the server sent a value that is not of OVSDB type ${kind}`);
}

function isNamedUuid(value: unknown): value is NamedUuid {
  return typeof value === "object" && value !== null && "namedUuid" in value && typeof value.namedUuid === "string";
}
