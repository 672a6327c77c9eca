import assert from "node:assert/strict";
import { test } from "node:test";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";

test("calls of one sandbox run one after the other, in order, whatever becomes of them", async () => {
  const turns = new SandboxTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const failing = turns.run("a", async () => {
    await first.promise;
    seen.push("first");
    throw new Error("no");
  });
  const second = turns.run("a", async () => seen.push("second"));
  const third = turns.run("a", async () => seen.push("third"));
  const other = turns.run("b", async () => seen.push("other"));
  await other;
  assert.deepEqual(seen, ["other"]);
  first.resolve(undefined);
  await assert.rejects(failing, /no/);
  await Promise.all([second, third]);
  assert.deepEqual(seen, ["other", "first", "second", "third"]);
  assert.equal(turns.size, 0, "nothing is remembered of sandboxes without calls");
});
