import assert from "node:assert/strict";
import { test } from "node:test";
import { Load } from "#webhooks/server/load-limit.ts";

test("over the limit of requests nobody gets in until somebody leaves", () => {
  const load = new Load({ maxRequests: 2, maxBodyBytes: 100 });
  const first = load.enter();
  assert.ok(first);
  assert.ok(load.enter());
  assert.equal(load.enter(), undefined);
  first.leave();
  assert.ok(load.enter());
  assert.equal(load.requests, 2);
});

test("the memory for bodies is shared and given back", () => {
  const load = new Load({ maxRequests: 10, maxBodyBytes: 100 });
  const first = load.enter();
  const second = load.enter();
  assert.ok(first && second);
  assert.equal(first.take(60), true);
  assert.equal(first.take(40), true);
  assert.equal(second.take(1), false);
  first.leave();
  assert.equal(second.take(100), true);
});

test("idleness is reported at once, or when the last one leaves", () => {
  const load = new Load();
  const told: string[] = [];
  load.whenIdle(() => told.push("before"));
  const first = load.enter();
  const second = load.enter();
  load.whenIdle(() => told.push("after"));
  first?.leave();
  assert.deepEqual(told, ["before"]);
  second?.leave();
  assert.deepEqual(told, ["before", "after"]);
});
