import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenPorts } from "#src/ipam/index/open-ports.ts";

const port = (allocation: string) => ({ namespace: "default", allocation, ips: [] });

test("ports are found by their allocation for as long as they are open, also when they change it", () => {
  const ports = new OpenPorts();
  ports.set("a", port("first"));
  ports.set("b", port("second"));
  ports.set("c", port("first"));
  assert.deepEqual([...ports.ofAllocation("first")], ["a", "c"]);
  ports.set("a", port("second"));
  assert.deepEqual([...ports.ofAllocation("first")], ["c"]);
  assert.deepEqual([...ports.ofAllocation("second")], ["b", "a"]);
  assert.equal(ports.delete("c")?.allocation, "first");
  assert.equal(ports.delete("c"), undefined);
  assert.deepEqual([...ports.ofAllocation("first")], []);
  assert.equal([...ports.values()].length, 2);
});
