import { OvsdbError } from "../errors/ovsdb-error.ts";

// A number of 16 digits or more; may also match inside a string, which costs time only.
const longNumber = /[[,:\s-]\d{16}/;
const integer = /^-?\d+$/;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exact: Reviver = (_key, value, { source }) =>
  typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && integer.test(source)
    ? BigInt(source)
    : value;

/** JSON.parse in which integers that a number cannot hold become bigints. Throws `ProtocolError` on a syntax error. */
export function parseExactJson(text: string): unknown {
  try {
    return longNumber.test(text)
      ? JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown)
      : JSON.parse(text);
  } catch (cause) {
    throw new OvsdbError("ProtocolError", "the server sent something that is not JSON", { cause });
  }
}
