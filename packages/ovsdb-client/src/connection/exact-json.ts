import { OvsdbError } from "../errors/ovsdb-error.ts";

// It finds numbers of 16 digits or more. It also finds digits inside a string, which only costs time.
const longNumber = /[[,:\s-]\d{16}/;
const integer = /^-?\d+$/;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exact: Reviver = (_key, value, { source }) =>
  typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && integer.test(source)
    ? BigInt(source)
    : value;

/** Parses JSON, with bigints for integers that a number cannot hold. Throws `ProtocolError` on a syntax error. */
export function parseExactJson(text: string): unknown {
  try {
    return longNumber.test(text)
      ? JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown)
      : JSON.parse(text);
  } catch (cause) {
    throw new OvsdbError("ProtocolError", "the server sent something that is not JSON", { cause });
  }
}
