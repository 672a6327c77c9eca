import { OvsdbError } from "../errors/ovsdb-error.ts";

/** The members of a value that must be a JSON object; `what` is its name in the `ProtocolError` that is thrown else. */
export function wireObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new OvsdbError("ProtocolError", `the server sent a ${what} that is not an object`);
}

/** The elements of a value that must be a JSON array; `what` is its name in the `ProtocolError` that is thrown else. */
export function wireArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new OvsdbError("ProtocolError", `the server sent a ${what} that is not an array`);
}
