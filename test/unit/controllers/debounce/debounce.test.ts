import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Debounce } from "#src/controllers/debounce/debounce.ts";

describe("Debounce", () => {
  it("confirm a finding that lasts for the settle time", () => {
    const suspicions = new Debounce(1_000);
    assert.equal(suspicions.observe("a", ["free"], 0).get("free"), 1_000);
    assert.equal(suspicions.observe("a", ["free"], 999).get("free"), 1);
    assert.equal(suspicions.observe("a", ["free"], 1_000).get("free"), 0);
  });

  it("never confirm at the first look, even without a settle time", () => {
    const suspicions = new Debounce(0);
    assert.equal(suspicions.observe("a", ["free"], 5).get("free"), 1);
    assert.equal(suspicions.observe("a", ["free"], 5).get("free"), 0);
  });

  it("begin anew when the finding was not made in between", () => {
    const suspicions = new Debounce(1_000);
    suspicions.observe("a", ["free"], 0);
    suspicions.observe("a", [], 500);
    assert.equal(suspicions.size, 0);
    assert.equal(suspicions.observe("a", ["free"], 1_500).get("free"), 1_000);
  });

  it("keep allocations and findings apart", () => {
    const suspicions = new Debounce(1_000);
    suspicions.observe("a", ["free"], 0);
    assert.equal(suspicions.observe("b", ["free"], 2_000).get("free"), 1_000);
    assert.equal(suspicions.observe("a", ["re-create"], 2_000).get("re-create"), 1_000);
  });
});
