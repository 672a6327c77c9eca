// What a webhook entry must provide: one function from a request to an answer. The edge (webhooks/server) calls it.
import type { AdmissionAnswer } from "./response.ts";
import type { AdmissionRequest } from "./review.ts";

/** May be passed on as `CallOptions` as it is. */
export interface AdmissionContext {
  /** Aborts when the API server hung up before a byte of the answer was handed to the socket, or when the drain ends. */
  readonly signal: AbortSignal;
  /** On the clock's `monotonicMs()` scale: the API server's timeout minus a margin. Later answers are undone. */
  readonly deadlineMs: number;
}

/**
 * Decides about one object. A thrown `AppError` is answered as a refusal, and what was done until then is the
 * handler's to undo; of a returned answer exactly one of `undo` and `onHandedOver` is called, once.
 */
export type AdmissionHandler = (request: AdmissionRequest, context: AdmissionContext) => Promise<AdmissionAnswer>;
