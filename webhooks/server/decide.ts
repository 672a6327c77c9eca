import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { type AdmissionAnswer, denied } from "../admission/response.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { ReviewDeadlines } from "./review-deadline.ts";

/** What is told to the API server, and when the handler itself has come to its end. */
export interface ReviewDecision {
  readonly answer: AdmissionAnswer;
  /** The handler's own answer, if it came after `answer` had to be given without it; its work is to be undone. */
  readonly late: Promise<AdmissionAnswer | undefined>;
}

/**
 * Asks the handler and always comes back: an error becomes a refusal, and a handler that is silent at `edgeMs` is
 * told to stop (through `stop`) and answered for.
 */
export async function decideReview(
  handler: AdmissionHandler,
  request: AdmissionRequest,
  deadlines: ReviewDeadlines,
  peer: { readonly signal: AbortSignal; stop(reason: AppError): void },
  clock: Clock,
): Promise<ReviewDecision> {
  const context = { signal: peer.signal, deadlineMs: deadlines.handlerMs };
  const own = ask(handler, request, context);
  let cancelTimer = (): void => undefined;
  const cut = new Promise<undefined>((resolve) => {
    cancelTimer = clock.after(deadlines.edgeMs - clock.monotonicMs(), () => {
      resolve(undefined);
    });
  });
  const answer = await Promise.race([own, cut]);
  cancelTimer();
  if (answer !== undefined) return { answer, late: Promise.resolve(undefined) };
  const tooLate = new AppError("DeadlineExceeded", "the webhook did not come to a decision in the time allowed");
  peer.stop(tooLate);
  return { answer: denied(tooLate), late: own };
}

async function ask(...[handler, request, context]: [AdmissionHandler, ...Parameters<AdmissionHandler>]) {
  try {
    return await handler(request, context);
  } catch (error) {
    return denied(fromUnknown(error));
  }
}
