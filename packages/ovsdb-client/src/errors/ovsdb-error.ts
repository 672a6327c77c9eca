// The one error class of the package. The type of an error's details follows from its code.
import type { TransactionFault } from "./transaction-fault.ts";

/** The details of an error, by its code. */
export interface OvsdbErrorDetails {
  /** There is no connection, and the request was not sent. */
  readonly NotConnected: {
    /** The error with which the server refused to show the database, such as `unknown database`. */
    readonly serverError?: string;
  };
  /** The deadline of the call came before the request was sent. */
  readonly DeadlineExceeded: NoDetails;
  /** The signal of the call was aborted before the request was sent, or the client was closed. */
  readonly Aborted: NoDetails;
  /**
   * The request was sent, and no reply came: the connection was lost, or the deadline or the signal ended the call. The
   * server may have carried it out, may still do so, or may not.
   */
  readonly OutcomeUnknown: NoDetails;
  /**
   * The server refused the transaction (RFC 7047 sections 4.1.3 and 5.2). Nothing of it is committed, except that a
   * cluster may still commit it later when `reason` is `cluster error`, `not leader` or `I/O error`.
   */
  readonly TransactionFailed: {
    readonly reason: TransactionFault;
    /** The server's own word for it, also when `reason` is `other`. */
    readonly serverError: string | undefined;
    /** The server's explanation; most servers send a sentence. */
    readonly serverDetails: unknown;
    /** Index of the operation that failed; undefined when the commit of all of them failed. */
    readonly operation: number | undefined;
  };
  /** The server sent something that the protocol or the tables do not allow. The connection was closed. */
  readonly ProtocolError: {
    /** Every table and column of the program that does not fit the schema of the server. */
    readonly schemaFaults?: readonly string[];
    /** The row that a wrong update was about. */
    readonly table?: string;
    readonly uuid?: string;
  };
  /** An option of the client cannot be used, such as a malformed endpoint. */
  readonly ConfigInvalid: NoDetails;
  /** The program used the package in a way that its types rule out, such as a text for a column of integers. */
  readonly InvalidUse: {
    /** `Table.column`. */
    readonly field?: string;
  };
  /** A listener has thrown, or the package has a defect. */
  readonly Internal: NoDetails;
}

type NoDetails = object;

export type OvsdbErrorCode = keyof OvsdbErrorDetails;

/** An error with one code, so that the type of its details is known. */
export interface OvsdbErrorOf<C extends OvsdbErrorCode> extends Error {
  readonly code: C;
  readonly details: OvsdbErrorDetails[C];
}

/** Every error of the package. Compare `code`, and the type of `details` follows. */
export type OvsdbError = { readonly [C in OvsdbErrorCode]: OvsdbErrorOf<C> }[OvsdbErrorCode];

interface OvsdbErrorOptions<C extends OvsdbErrorCode> {
  readonly details?: OvsdbErrorDetails[C];
  readonly cause?: unknown;
}

/** The last argument of the constructor: it may be left out when the code's details have no required field. */
type OvsdbErrorArguments<C extends OvsdbErrorCode> =
  Partial<OvsdbErrorDetails[C]> extends OvsdbErrorDetails[C]
    ? [options?: OvsdbErrorOptions<C>]
    : [options: OvsdbErrorOptions<C> & { readonly details: OvsdbErrorDetails[C] }];

interface OvsdbErrorClass {
  readonly prototype: OvsdbError;
  new <C extends OvsdbErrorCode>(code: C, message: string, ...options: OvsdbErrorArguments<C>): OvsdbErrorOf<C>;
}

// A class by itself would narrow `instanceof` to OvsdbErrorOf<any>, and comparing `code` would then tell nothing.
export const OvsdbError: OvsdbErrorClass = class OvsdbError<C extends OvsdbErrorCode>
  extends Error
  implements OvsdbErrorOf<C>
{
  readonly code: C;
  readonly details: OvsdbErrorDetails[C];

  constructor(code: C, message: string, ...[options]: OvsdbErrorArguments<C>) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OvsdbError";
    this.code = code;
    // Details are left out only where none of their fields is required.
    this.details = options?.details ?? ({} as OvsdbErrorDetails[C]);
  }
};

/** Turns any caught value into an OvsdbError. An OvsdbError stays as it is; another value becomes the cause of an `Internal`. */
export function toOvsdbError(caught: unknown): OvsdbError {
  if (caught instanceof OvsdbError) return caught;
  return new OvsdbError("Internal", caught instanceof Error ? caught.message : String(caught), { cause: caught });
}
