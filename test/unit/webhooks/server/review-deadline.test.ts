import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultMarginMs, parseGoDuration, reviewDeadlines } from "#webhooks/server/review-deadline.ts";

const durations: readonly (readonly [string, number | undefined])[] = [
  ["10s", 10_000],
  ["1m30s", 90_000],
  ["500ms", 500],
  ["2.5s", 2_500],
  ["1h0m0s", 3_600_000],
  ["0s", undefined],
  ["10", undefined],
  ["-1s", undefined],
  ["1s ", undefined],
  ["", undefined],
  ["Infinity", undefined],
  [`${"9".repeat(40)}s`, undefined],
];

for (const [text, expected] of durations) {
  test(`the Go duration "${text.slice(0, 12)}" is ${expected === undefined ? "not one" : `${expected} ms`}`, () => {
    assert.equal(parseGoDuration(text), expected);
  });
}

test("the handler ends before the edge, and the edge before the API server", () => {
  for (const seconds of [1, 2, 5, 10, 30]) {
    const { handlerMs, serverMs } = reviewDeadlines(`/mutate?timeout=${seconds}s`, 1_000, defaultMarginMs);
    const endMs = 1_000 + seconds * 1_000;
    assert.ok(handlerMs < serverMs && serverMs < endMs, `${handlerMs} ${serverMs} ${endMs}`);
    assert.ok(handlerMs - 1_000 >= 0.75 * seconds * 1_000);
  }
});

test("from four seconds on the margin is the whole second that the API server rounds up", () => {
  assert.equal(reviewDeadlines("/mutate?timeout=4s", 0, 1_000).handlerMs, 3_000);
  assert.equal(reviewDeadlines("/mutate?dry=1&timeout=30s", 0, 1_000).handlerMs, 29_000);
});

test("without a timeout, or with nonsense, it is the default of Kubernetes; never more than its maximum", () => {
  for (const url of ["/mutate", "/mutate?", "/mutate?timeout=soon", "/mutate?other=1s", "/mutate?notimeout=1s"]) {
    assert.equal(reviewDeadlines(url, 0, 1_000).handlerMs, 9_000);
  }
  assert.equal(reviewDeadlines("/mutate?timeout=10m", 0, 1_000).handlerMs, 29_000);
});
