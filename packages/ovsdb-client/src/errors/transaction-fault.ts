/**
 * The errors with which a server refuses a transaction: those of RFC 7047 sections 4.1.3 and 5.2, those of ovsdb-server
 * beside them, and `other` for any other text.
 */
const transactionFaults = [
  /** The condition of a `wait` did not come true in time. */
  "timed out",
  /** The transaction has an `abort`. */
  "aborted",
  /** The lock of an `assert` is not held by this connection. */
  "not owner",
  /** A column or table would break a constraint of the schema, such as a unique index or a number of elements. */
  "constraint violation",
  /** A column would refer to a row that is not there, or a row that is referred to would be deleted. */
  "referential integrity violation",
  /** Two inserts of the transaction have the same `uuid-name`. */
  "duplicate uuid-name",
  /** A mutation divides by zero. */
  "domain error",
  /** The result of a mutation does not fit its type. */
  "range error",
  /** The client that sent it has cancelled it. */
  "canceled",
  "not supported",
  "resources exhausted",
  "I/O error",
  /** The role of the client, or a server that only reads, does not allow the change. */
  "permission error",
  "unknown database",
  "syntax error",
  "not allowed",
  /** The database is in a cluster that could not commit, or lost its leader while it tried. */
  "cluster error",
  "not leader",
  "other",
] as const;

export type TransactionFault = (typeof transactionFaults)[number];

const known: ReadonlySet<string> = new Set(transactionFaults);

/** The fault that an `error` of the server names. */
export function readTransactionFault(serverError: unknown): TransactionFault {
  return typeof serverError === "string" && known.has(serverError) ? (serverError as TransactionFault) : "other";
}
