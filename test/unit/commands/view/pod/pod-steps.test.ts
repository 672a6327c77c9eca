import assert from "node:assert/strict";
import { test } from "node:test";
import { podSteps, type StepFacts } from "#src/commands/view/pod/pod-steps.ts";

const done: StepFacts = {
  createdAt: "2026-01-01T00:00:00Z",
  allocatedAt: undefined,
  attachedAt: undefined,
  wired: { holds: false, at: undefined },
  seen: { boundAt: undefined, upAt: undefined },
  hasResult: true,
  scheduled: { holds: true, at: "2026-01-01T00:00:01Z" },
  sandbox: { holds: true, at: "2026-01-01T00:00:04Z" },
  isRunning: true,
  fault: undefined,
  ports: { areBound: true, areUp: true, count: 1 },
};
const states = (facts: Partial<StepFacts>): readonly string[] =>
  podSteps({ ...done, ...facts }).map(({ name, state }) => `${name} ${state}`);

test("a pod that has its interfaces has done all steps, with the time between those that somebody wrote down", () => {
  assert.deepEqual(states({}), ["admission done", "scheduled done", "bound done", "add done", "installed done"]);
  assert.deepEqual(
    podSteps(done).map(({ ms }) => ms),
    [undefined, 1_000, undefined, 3_000, undefined],
  );
});

test("a pod that waits says at which step", () => {
  const waits = { holds: false, at: undefined };
  const starting = { sandbox: waits, isRunning: false, ports: { areBound: false, areUp: false, count: 1 } };
  assert.deepEqual(states(starting), [
    "admission done",
    "scheduled done",
    "bound waits",
    "add waits",
    "installed waits",
  ]);
  const refused = { ...starting, hasResult: false, ports: { areBound: true, areUp: true, count: 0 } };
  assert.deepEqual(states(refused).slice(0, 3), ["admission waits", "scheduled done", "bound waits"]);
});

test("a CNI call that failed is told with its Event, and lost ports as lost", () => {
  const fault = { sandbox: { holds: false, at: undefined }, isRunning: false, fault: "no agent answers" };
  const steps = podSteps({ ...done, ...fault, ports: { areBound: true, areUp: true, count: 0 } });
  assert.deepEqual(
    steps.map(({ state }) => state),
    ["done", "done", "failed", "failed", "waits"],
  );
  assert.equal(steps[3]?.says, "no agent answers");
});

test("without the database two steps are unknown", () => {
  assert.deepEqual(states({ ports: undefined }), [
    "admission done",
    "scheduled done",
    "bound unknown",
    "add done",
    "installed unknown",
  ]);
});

test("each step has a time where somebody wrote one down or this program saw it, and no time passes backwards", () => {
  const all = {
    allocatedAt: "2026-01-01T00:00:00.700Z",
    scheduled: { holds: true, at: "2026-01-01T00:00:00Z" },
    seen: { boundAt: "2026-01-01T00:00:00.900Z", upAt: "2026-01-01T00:00:04.500Z" },
    attachedAt: "2026-01-01T00:00:03Z",
  };
  assert.deepEqual(
    podSteps({ ...done, ...all }).map(({ at, ms }) => [at?.slice(17), ms]),
    [
      ["00.700Z", undefined],
      ["00Z", 0],
      ["00.900Z", 200],
      ["03Z", 2_100],
      ["04.500Z", 1_500],
    ],
  );
  const gate = podSteps({ ...done, wired: { holds: true, at: "2026-01-01T00:00:05Z" } });
  assert.equal(gate[4]?.at, "2026-01-01T00:00:05Z", "our condition has the time too");
});
