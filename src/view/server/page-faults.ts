import { AppError, fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { ViewError } from "../contract/view-event.ts";

/** The answers of the page's server that are not 2xx, beside those of the product's own codes. */
export const pageFaults = {
  NoSession: {
    status: 401,
    message: "this browser has not opened the link that `ovn4nfv view` printed; the link works once: start it again",
  },
  NoAnswer: { status: 503, message: "the API server does not say whether you may see this; try again" },
  WrongHost: { status: 403, message: "the page is asked for by another name than the one that was printed" },
  WrongOrigin: { status: 403, message: "another site asks for the page" },
  NotFound: { status: 404, message: "there is nothing of this name" },
  WrongMethod: { status: 405, message: "the page only reads: there is GET and nothing else" },
  NoDatabase: {
    status: 503,
    message: "only the Northbound database knows that, and it is not read: start `ovn4nfv view` with --nb",
  },
  BadQuery: { status: 400, message: "the query is not what this path takes" },
  TooMany: { status: 503, message: "too many ask at once; close other windows of this page" },
} as const;

export type PageFaultCode = keyof typeof pageFaults;

/** A fault with the status of its answer. */
export interface PageFault extends ViewError {
  readonly status: number;
}

export function pageFault(code: PageFaultCode, message: string = pageFaults[code].message): PageFault {
  return { status: pageFaults[code].status, code, message };
}

/** Thrown by those who answer, for a fault of the table. */
export class PageFaultError extends Error {
  readonly fault: PageFault;

  constructor(code: PageFaultCode, message?: string) {
    super(message ?? pageFaults[code].message);
    this.fault = pageFault(code, message);
  }
}

/** Turns what was thrown into an answer. The words of a query are read by the same code as flags, so that its `ConfigInvalid` is a fault of the query. */
export function faultOf(caught: unknown): PageFault {
  if (caught instanceof PageFaultError) return caught.fault;
  const error = caught instanceof AppError ? caught : fromUnknown(caught);
  const { code, message } = error;
  if (code === "ConfigInvalid") return { status: 400, code, message };
  return { status: isRefusal(error) ? 400 : error.status, code, message };
}
