import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseNorthdStats } from "#lab/ovn/ovn-central.ts";

describe("northd's counters", () => {
  it("are read from the text that OVN prints", () => {
    const text = "Node: northd\n- recompute:            4\n- compute:              12\n- abort:                0\n";
    assert.deepEqual(parseNorthdStats(text), { recompute: 4, compute: 12 });
  });

  it("are never taken for zero when the text has another form", () => {
    assert.throws(() => parseNorthdStats('"recompute" 4'), /no counter "recompute" in:/);
  });
});
