import assert from "node:assert/strict";
import { test } from "node:test";
import { ephemeralTokenKey } from "#src/tokens/token.ts";
import { nextRotationStep, type RotationState } from "#src/tokens/rotation-step.ts";

const minute = 60_000;
const rules = { settleMs: minute, retireMs: 60 * minute, maxAgeMs: 1_000 * minute };
const start = Date.UTC(2026, 0, 1);
const privateKey = ephemeralTokenKey();

function state(signing: string, others: readonly string[], more: Partial<RotationState> = {}): RotationState {
  const keys = new Map([signing, ...others].map((kid) => [kid, { privateKey, createdAtMs: start }]));
  return {
    ring: { signing, keys },
    published: new Set(keys.keys()),
    idleMs: new Map(),
    sinceListMs: undefined,
    ...more,
  };
}
const next = (given: RotationState, now = start) => nextRotationStep(given, rules, now);

test("a key is made when there is none, and published before anything else", () => {
  assert.deepEqual(next({ ...state("a", []), ring: undefined }), { do: "create" });
  assert.deepEqual(next(state("a", ["b"], { published: new Set(["a"]), idleMs: new Map([["b", 99 * minute]]) })), {
    do: "publish",
  });
});

test("the next key signs when it was published for the settle time, and not before", () => {
  const waiting = (ms: number) => next(state("a", ["b"], { idleMs: new Map([["b", ms]]) }));
  assert.deepEqual(waiting(20_000), { do: "wait", forMs: 40_000 });
  assert.deepEqual(waiting(minute), { do: "promote", kid: "b" });
});

test("an old key is followed by one more, by none while one waits, and by none when rotation is off", () => {
  const old = start + rules.maxAgeMs;
  assert.deepEqual(next(state("a", []), old), { do: "add-next" });
  assert.deepEqual(next(state("a", []), old - 1_000), { do: "wait", forMs: 1_000 });
  assert.equal(next(state("a", ["b"]), old).do, "wait");
  assert.equal(nextRotationStep(state("a", []), { ...rules, maxAgeMs: 0 }, old).do, "wait");
});

test("a key that signs no more is removed after the retire time, if no pod carries it", () => {
  const retired = (ms: number, sinceListMs?: number) =>
    next(state("b", [], { published: new Set(["a", "b"]), idleMs: new Map([["a", ms]]), sinceListMs }));
  assert.deepEqual(retired(59 * minute), { do: "wait", forMs: minute });
  assert.deepEqual(retired(60 * minute), { do: "retire", kids: ["a"] });
  assert.deepEqual(
    retired(90 * minute, 4 * minute),
    { do: "wait", forMs: 6 * minute },
    "pods are not listed all the time",
  );
  assert.equal(retired(90 * minute, 10 * minute).do, "retire");
});
