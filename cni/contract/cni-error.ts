import { type ErrorCode, errorCodes } from "#src/core/error-codes.ts";
import type { AppError } from "#src/core/errors.ts";
import { newestVersion } from "./commands.ts";

/** Error numbers of the CNI specification (section 5) and ours, which begin at 100. Go plugins use 999. */
export const cniErrorNumbers = {
  incompatibleVersion: 1,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  undecodable: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  tryAgainLater: 11,
  notReady: 50,
  /** The text begins with the reason, one of docs/reference/refusals.md. */
  refused: 100,
  internal: 999,
} as const;

/** The codes that have a number of their own. The number of every other code follows from its disposition. */
const ownNumbers: Partial<Record<ErrorCode, keyof typeof cniErrorNumbers>> = {
  CniVersionUnsupported: "incompatibleVersion",
  SandboxUnknown: "unknownContainer",
  CniEnvironmentInvalid: "invalidEnvironment",
  CommandFailed: "ioFailure",
  TransactionFailed: "ioFailure",
  ProtocolError: "ioFailure",
  CniConfigUndecodable: "undecodable",
  CniConfigInvalid: "invalidConfig",
  NetnsInvalid: "invalidNetns",
  NodeNotReady: "notReady",
};

const byDisposition = { retry: "tryAgainLater", terminal: "refused", bug: "internal" } as const;

/** Translates our errors to the numbers of CNI. There is no other translation. */
export function cniErrorNumber(error: AppError): number {
  return cniErrorNumbers[ownNumbers[error.code] ?? byDisposition[error.disposition]];
}

/**
 * The error object that a plugin prints on stdout before it ends with status 1. `cniVersion` is that of the configuration,
 * if it could be read. Beware that go-cni takes an error of DEL with the words "not found" for a success.
 */
export function printError(error: AppError, cniVersion: string = newestVersion): string {
  const { remedy } = errorCodes[error.code];
  return `${JSON.stringify({ cniVersion, code: cniErrorNumber(error), msg: error.message, details: remedy })}\n`;
}
