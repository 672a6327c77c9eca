import assert from "node:assert/strict";
import { test } from "node:test";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { weighReview } from "#webhooks/admission/review-weight.ts";

const weigh = (text: string) => weighReview(Buffer.from(text));

test("an ordinary review weighs some times its text", () => {
  const text = JSON.stringify(podReview({}));
  const weight = weigh(text);
  assert.ok(weight.kind === "bearable" && weight.parsedBytes > text.length && weight.parsedBytes < 10 * text.length);
});

test("too many values and too many levels are told apart, by their number", () => {
  assert.deepEqual(weigh(`[${"0,".repeat(300_000)}0]`), {
    kind: "too-complex",
    detail: "300002 values, and it may have 262144",
  });
  assert.deepEqual(weigh("[".repeat(101)), { kind: "too-complex", detail: "101 levels, and it may have 100" });
});
