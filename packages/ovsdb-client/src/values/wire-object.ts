import { OvsdbError } from "../errors/ovsdb-error.ts";

/** The members of what must be a JSON object. Throws `ProtocolError` that calls it `what`. */
export function wireObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new OvsdbError("ProtocolError", `the server sent a ${what} that is not an object`);
}

/** The elements of what must be a JSON array. Throws `ProtocolError` that calls it `what`. */
export function wireArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new OvsdbError("ProtocolError", `the server sent a ${what} that is not an array`);
}
