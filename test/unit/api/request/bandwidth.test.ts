import assert from "node:assert/strict";
import { test } from "node:test";
import { bandwidthOfSelection, parseBandwidth } from "#src/api/request/bandwidth.ts";
import { refusalOf } from "#test/assertions/refused.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";

const read = (value: JsonValue) => parseBandwidth(value, "bandwidth", []);

/** The messages of all faults. */
function refused(act: () => unknown): readonly string[] {
  const { field, reason, others = [] } = refusalOf(act).details;
  return [`${field} ${reason}`, ...others.map(({ details }) => `${details.field} ${details.reason}`)];
}

test("a rate is a whole number of bits per second, with a letter for thousands or without", () => {
  assert.deepEqual(read({ ingress: "10M", egress: 2_500_000 }), {
    ingress: { rate: 10_000_000 },
    egress: { rate: 2_500_000 },
  });
  assert.deepEqual(read({ egress: "1G" }), { egress: { rate: 1e9 } });
  assert.equal(parseBandwidth(undefined, "bandwidth", []), undefined);
});

test("a burst holds for each direction that is limited", () => {
  assert.deepEqual(read({ ingress: "10M", egress: "1M", burst: "500k" }), {
    ingress: { rate: 1e7, burst: 5e5 },
    egress: { rate: 1e6, burst: 5e5 },
  });
  assert.deepEqual(read({ ingress: "10M", burst: "500k" }), { ingress: { rate: 1e7, burst: 5e5 } });
});

test("every limit that is none is named, with its reason", () => {
  assert.deepEqual(
    refused(() => read({ ingress: "fast", egress: "10", burst: "0" })),
    [
      "bandwidth: ingress is not a rate",
      "bandwidth: egress is no rate between 1k and 1000T",
      "bandwidth: burst is no number of bits between 1 and 4294967295",
    ],
  );
  for (const rate of ["-1", "1.5M", "10Mi", "10m", "1e6", "99999T"])
    assert.equal(refused(() => read({ ingress: rate })).length, 1, rate);
});

test("bandwidth that limits no direction is refused", () => {
  for (const value of [{}, { burst: "1M" }, { ingress: null }])
    assert.deepEqual(
      refused(() => read(value)),
      ["bandwidth limits no direction"],
    );
});

test("a selection has a rate and a burst for each direction, and 0 is none", () => {
  assert.deepEqual(bandwidthOfSelection({ ingressRate: 1e7, ingressBurst: 1e5, egressRate: 0 }, "bandwidth"), {
    ingress: { rate: 1e7, burst: 1e5 },
  });
  assert.equal(bandwidthOfSelection({ ingressRate: 0, egressRate: null }, "bandwidth"), undefined);
  assert.equal(bandwidthOfSelection(undefined, "bandwidth"), undefined);
});

test("a burst of a selection needs its rate", () => {
  assert.deepEqual(
    refused(() => bandwidthOfSelection({ ingressRate: 1e6, egressBurst: 1e6 }, "bandwidth")),
    ["bandwidth: egressBurst stands without egressRate"],
  );
  assert.deepEqual(
    refused(() => bandwidthOfSelection({ ingressRate: 10, egressBurst: -1 }, "bandwidth")),
    [
      "bandwidth: ingressRate is no rate between 1k and 1000T",
      "bandwidth: egressBurst is no number of bits between 1 and 4294967295",
    ],
  );
});
