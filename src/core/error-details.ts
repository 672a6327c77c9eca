import type { ErrorCode, RefusalCode } from "./error-codes.ts";

/** The parts of every refusal: the field, its value, the reason, and the remedy. */
export interface RefusalDetails {
  /** Path of the field in the user's words, e.g. `k8s.plugin.opnfv.org/nfn-network: interface[1].ipAddress`. */
  readonly field: string;
  readonly value: unknown;
  /** The cause, as a clause: `is outside 10.1.0.0/24`. */
  readonly reason: string;
  /** The remedy, as an imperative clause: `ask for an address inside 10.1.0.0/24`. */
  readonly remedy: string;
  /** The present holder of the address or MAC. It goes into the log and the audit annotation, and never into the message. */
  readonly holder?: string;
  /** The other faults of the same request. The message has a line for each. */
  readonly others?: readonly { readonly code: RefusalCode; readonly details: RefusalDetails }[];
  /** The number of further faults, of which nothing is kept. */
  readonly more?: number;
}

/** The answer of the Kubernetes API server, or the reason why there is none. */
export interface ApiErrorDetails {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number | undefined;
  /** `reason` of the server's Status (`NotFound`, `Conflict`, `Expired`, ...), or `Unreachable`. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** The answer of the OVSDB server to a transaction that it refused (RFC 7047 section 4.1.3). */
interface TransactionDetails {
  /** The server's `error`, such as `timed out` for a `wait` that was not fulfilled. */
  readonly error: string | undefined;
  /** Index of the operation that failed. It is undefined when the commit of all operations failed. */
  readonly operation?: number | undefined;
  readonly serverDetails?: unknown;
}

/** The state in which a batch of netlink commands was left, and the command that failed. */
interface CommandDetails {
  readonly command?: string;
  /** The kernel's reason. */
  readonly why?: string;
  /** True when the process ended before it had answered: some of its work may be done. */
  readonly isUnfinished?: boolean;
}

/** The details that code reads, by the error's code. */
interface ReadDetails {
  readonly KubeApiError: ApiErrorDetails;
  readonly TransactionFailed: TransactionDetails;
  readonly CommandFailed: CommandDetails;
  readonly Aborted: CommandDetails;
}

/** The details of an error with code `C`. Details that no code reads may have any fields; they help people who read the log. */
export type ErrorDetails<C extends ErrorCode> = C extends RefusalCode
  ? RefusalDetails
  : C extends keyof ReadDetails
    ? ReadDetails[C]
    : object;
