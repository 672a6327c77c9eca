// The contract between the webhook server and the handlers of its entries: one function from a request to an answer.
import type { AdmissionAnswer } from "./response.ts";
import type { AdmissionRequest } from "./review.ts";

/** How long a handler may work. It can be passed on as `CallOptions`. */
export interface AdmissionContext {
  /** Aborts when the API server hangs up before a byte of the answer was handed to the socket, or when the drain ends. */
  readonly signal: AbortSignal;
  /** The API server's timeout minus a margin, on the clock's `monotonicMs()` scale. Later answers are rolled back. */
  readonly deadlineMs: number;
}

/**
 * Decides about one object. An `AppError` that it throws is answered as a refusal, and the handler itself must have rolled
 * back what it had done. The server calls exactly one of `rollBack` and `onHandedOver` of an answer, once.
 */
export type AdmissionHandler = (request: AdmissionRequest, context: AdmissionContext) => Promise<AdmissionAnswer>;
