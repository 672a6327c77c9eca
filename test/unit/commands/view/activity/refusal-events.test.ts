import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalsOf } from "#src/commands/view/activity/refusal-events.ts";

const event = (more: object) => ({
  at: "2026-01-01T00:10:00Z",
  type: "Warning",
  reason: "FailedCreate",
  message: "",
  count: 1,
  from: "replicaset-controller",
  about: "ReplicaSet shop/web",
  ...more,
});
const sinceMs = Date.parse("2026-01-01T00:00:00Z");

test("a refusal that a workload's controller quotes is told by its own code", () => {
  const quoted =
    'Error creating: admission webhook "pods.ovn4nfv.opnfv.org" denied the request: PoolExhausted: network "blue" is full; free some';
  const [told] = refusalsOf([event({ message: quoted, count: 4 })], sinceMs);
  assert.deepEqual([told?.reason, told?.count, told?.about], ["PoolExhausted", 4, "ReplicaSet shop/web"]);
  assert.equal(told?.message, 'PoolExhausted: network "blue" is full; free some');
});

test("our own Events are told when they warn, and nothing of others is", () => {
  const own = event({
    from: "ovn4nfv-controller",
    reason: "PortDown",
    message: "no chassis",
    at: "2026-01-01T00:20:00Z",
  });
  const others = [
    event({ reason: "BackOff", from: "kubelet" }),
    event({ message: 'admission webhook "x" denied the request: Quota: none' }),
    { ...own, type: "Normal" },
    { ...own, at: "2025-12-31T00:00:00Z" },
    { ...own, from: "somebody" },
  ];
  assert.deepEqual(
    refusalsOf([...others, own], sinceMs).map(({ reason }) => reason),
    ["PortDown"],
  );
});
