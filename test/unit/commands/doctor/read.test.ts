import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "#src/commands/doctor/read.ts";

test("a reader that fails leaves its reason, one that succeeds its value", async () => {
  assert.deepEqual(await read(() => Promise.resolve(7)), { value: 7 });
  assert.deepEqual(await read(() => Promise.reject(new Error("nodes is forbidden"))), { why: "nodes is forbidden" });
});
