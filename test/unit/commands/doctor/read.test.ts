import assert from "node:assert/strict";
import { test } from "node:test";
import { read, readAll } from "#src/commands/doctor/read.ts";

test("a reader that fails leaves its reason, one that succeeds its value", async () => {
  assert.deepEqual(await read(() => Promise.resolve(7)), { value: 7 });
  assert.deepEqual(await read(() => Promise.reject(new Error("nodes is forbidden"))), { why: "nodes is forbidden" });
});

test("started reads are answered under their names, and one that rejects is told", async () => {
  assert.deepEqual(await readAll({ one: Promise.resolve(1), two: Promise.resolve("b") }), { one: 1, two: "b" });
  await assert.rejects(readAll({ one: Promise.resolve(1), two: Promise.reject(new Error("gone")) }), /gone/);
});
