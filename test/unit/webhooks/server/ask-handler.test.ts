import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock, type Clock } from "#src/core/clock.ts";
import { AppError, refusal } from "#src/core/errors.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import type { AdmissionContext, AdmissionHandler } from "#webhooks/admission/handler.ts";
import { type AdmissionAnswer, allowed } from "#webhooks/admission/response.ts";
import { parseReview } from "#webhooks/admission/review.ts";
import { askHandler } from "#webhooks/server/ask-handler.ts";

const review = parseReview(JSON.stringify(podReview({})));
assert.ok(review.ok);
const { request } = review;

/** A clock that stands still until `strike` is called, which lets every timer fire. */
function standingClock(): Clock & { strike: () => void; readonly pending: number } {
  const timers = new Set<() => void>();
  return {
    ...systemClock,
    monotonicMs: () => 0,
    after(_ms, fn) {
      timers.add(fn);
      return () => timers.delete(fn);
    },
    strike() {
      for (const fn of timers) fn();
    },
    get pending() {
      return timers.size;
    },
  };
}

const deadlines = { handlerMs: 900, serverMs: 950 };

/** The other end as `decide` sees it. */
function peerOf(controller: AbortController) {
  return {
    signal: controller.signal,
    stop: (reason: AppError) => {
      controller.abort(reason);
    },
  };
}

const ask = (handler: AdmissionHandler, clock: Clock = standingClock(), gone = new AbortController()) =>
  askHandler(handler, request, deadlines, peerOf(gone), clock);

test("an answer in time is passed on, and no timer is left behind", async () => {
  const clock = standingClock();
  const answer = allowed({ warnings: ["w"] });
  const decision = await ask(() => Promise.resolve(answer), clock);
  assert.equal(decision.answer, answer);
  assert.equal(await decision.late, undefined);
  assert.equal(clock.pending, 0);
});

test("a refusal that is thrown is the answer", async () => {
  const error = refusal("HostNetwork", {
    field: "spec.hostNetwork",
    value: true,
    reason: "is set",
    remedy: "unset it",
  });
  const { answer } = await ask(() => Promise.reject(error));
  assert.equal(answer.allowed, false);
  assert.equal(answer.error, error);
});

test("anything else that is thrown, even before a promise is made, is a defect of ours", async () => {
  const throwing: AdmissionHandler = () => {
    throw new TypeError("oops");
  };
  const { answer } = await ask(throwing);
  assert.equal(answer.allowed, false);
  assert.equal(answer.error.code, "Internal");
  assert.ok(answer.error.cause instanceof TypeError);
});

test("a silent handler is answered for at the edge's deadline, and its late answer is handed out", async () => {
  const clock = standingClock();
  let context: AdmissionContext | undefined;
  let answerNow = (_answer: AdmissionAnswer): void => undefined;
  const decided = ask((_request, given) => {
    context = given;
    return new Promise((resolve) => (answerNow = resolve));
  }, clock);
  assert.equal(context?.deadlineMs, 900);
  clock.strike();
  const { answer, late } = await decided;
  assert.equal(answer.allowed, false);
  assert.equal(answer.error.code, "DeadlineExceeded");
  assert.equal(context.signal.aborted, true);
  const own = allowed();
  answerNow(own);
  assert.equal(await late, own);
});

test("a peer that has gone is seen by the handler", async () => {
  const gone = new AbortController();
  const decided = ask(
    (_request, { signal }) => {
      gone.abort(new AppError("Aborted", "gone"));
      return signal.aborted ? Promise.resolve(allowed({ warnings: ["seen"] })) : Promise.resolve(allowed());
    },
    standingClock(),
    gone,
  );
  assert.deepEqual((await decided).answer.warnings, ["seen"]);
});
