import assert from "node:assert/strict";
import { test } from "node:test";
import { metricDefinitions } from "#src/core/metric-definitions.ts";

test("counters end in _total, and names follow Prometheus with the unit in them", () => {
  for (const [name, { type, help }] of Object.entries(metricDefinitions)) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_(ms|milliseconds|minutes)(_|$)/);
    assert.match(help, /^[A-Z0-9].*\.$/s, name);
  }
});

test("buckets of histograms grow", () => {
  for (const [name, definition] of Object.entries(metricDefinitions)) {
    if (definition.type !== "histogram") continue;
    assert.ok(
      definition.buckets.every((bound, index, all) => index === 0 || bound > (all[index - 1] ?? 0)),
      name,
    );
  }
});
