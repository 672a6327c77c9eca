import assert from "node:assert/strict";
import { test } from "node:test";
import { floatingUsage } from "#src/ipam/index/floating-usage.ts";
import { addHold, addRule, objectRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";

test("each address of an Uplink counts once, whoever holds it, and those of others do not count", () => {
  const nb = withUplink({ "floating-addresses": "198.51.100.20..198.51.100.23 2001:db8::10..2001:db8::1f" });
  assert.deepEqual(floatingUsage(nb.index.floating), [
    { uplink: "west", family: 4, size: 4n, used: 0 },
    { uplink: "west", family: 6, size: 16n, used: 0 },
  ]);
  addHold(nb, "198.51.100.21", "u1", "telco");
  addRule(nb, "198.51.100.21", objectRule("u1", "telco"), "10.0.0.8");
  addRule(nb, "198.51.100.20", podRule("a"));
  addRule(nb, "198.51.100.23");
  addRule(nb, "198.51.100.99");
  assert.deepEqual(
    floatingUsage(nb.index.floating).map(({ used }) => used),
    [3, 0],
  );
});

test("an Uplink without floating addresses has no pool", () => {
  assert.deepEqual(floatingUsage(withUplink({ "floating-addresses": undefined }).index.floating), []);
});
