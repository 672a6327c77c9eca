import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { type AdmissionAnswer, denied } from "../admission/response.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { ReviewDeadlines } from "./review-deadline.ts";

/** The answer to the API server, and what the handler does after it. */
export interface ReviewOutcome {
  readonly answer: AdmissionAnswer;
  /** The handler's own answer, when it comes after `answer` was given without it: it has to be rolled back. */
  readonly late: Promise<AdmissionAnswer | undefined>;
}

/**
 * Asks the handler, and resolves in any case. An error becomes a refusal. When the handler has not answered at `serverMs`,
 * this stops it and answers in its place.
 */
export async function askHandler(
  handler: AdmissionHandler,
  request: AdmissionRequest,
  deadlines: ReviewDeadlines,
  peer: { readonly signal: AbortSignal; stop(reason: AppError): void },
  clock: Clock,
): Promise<ReviewOutcome> {
  const context = { signal: peer.signal, deadlineMs: deadlines.handlerMs };
  const own = ask(handler, request, context);
  let cancelTimer = (): void => undefined;
  const cut = new Promise<undefined>((resolve) => {
    cancelTimer = clock.after(deadlines.serverMs - clock.monotonicMs(), () => {
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
