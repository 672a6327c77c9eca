import assert from "node:assert/strict";
import { test } from "node:test";
import { countStates, readSpans, spansWithin } from "#page/networks/space-span.ts";

const spans = readSpans([
  { from: "10.0.0.0", to: "10.0.0.0", size: "1", state: "excluded" },
  { from: "10.0.0.1", to: "10.0.0.1", size: "1", state: "router", who: "router port" },
  { from: "10.0.0.2", to: "10.0.0.255", size: "254", state: "free" },
  { from: "nonsense", to: "10.0.0.255", size: "1", state: "free" },
]);
const base = spans[0]?.first ?? 0n;

test("what is no address is left out, and the others keep their order", () => {
  assert.deepEqual(
    spans.map(({ segment }) => segment.state),
    ["excluded", "router", "free"],
  );
});

test("spans are cut to what is asked for", () => {
  const inside = spansWithin(spans, base + 1n, base + 10n);
  assert.deepEqual(
    inside.map(({ first, last }) => [first - base, last - base]),
    [
      [1n, 1n],
      [2n, 10n],
    ],
  );
  assert.deepEqual(spansWithin(spans, base + 256n, base + 300n), []);
});

test("addresses are counted by state", () => {
  assert.deepEqual(countStates(spans), { excluded: 1n, router: 1n, free: 254n });
});
