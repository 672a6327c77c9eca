import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenLife } from "#src/commands/view/viewers/token-life.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const { signal } = new AbortController();

function start() {
  const clock = new ManualClock();
  const there: { answer: boolean | Error; asked: number; ended: number } = { answer: true, asked: 0, ended: 0 };
  const life = new TokenLife({
    isKnown: () => {
      there.asked += 1;
      return there.answer instanceof Error ? Promise.reject(there.answer) : Promise.resolve(there.answer);
    },
    ageMs: 30_000,
    timeoutMs: 1_000,
    ended: () => {
      there.ended += 1;
    },
    clock,
  });
  return { clock, there, life };
}

test("a young answer is believed, and those who ask at once later share one question", async () => {
  const { clock, there, life } = start();
  clock.jump(9_999);
  assert.deepEqual([await life.isGood({ signal }), there.asked], [true, 0]);
  clock.jump(1);
  assert.deepEqual(await Promise.all([life.isGood({ signal }), life.isGood({ signal })]), [true, true]);
  assert.equal(there.asked, 1);
});

test("without an answer the last one counts until it is too old, and then nobody says that the token is good", async () => {
  const { clock, there, life } = start();
  there.answer = new Error("away");
  clock.jump(29_999);
  assert.equal(await life.isGood({ signal }), true);
  clock.jump(1);
  await assert.rejects(life.isGood({ signal }), /does not say whether you may see this/);
  there.answer = true;
  assert.equal(await life.isGood({ signal }), true);
});

test("whoever goes on looking asks before the answer is too old, and at once when it is", async () => {
  const { clock, there, life } = start();
  assert.deepEqual([life.goodUntilMs, life.askAgainInMs], [30_000, 10_000]);
  there.answer = new Error("away");
  await clock.advance(25_000);
  assert.equal(await life.isGood({ signal }), true);
  assert.deepEqual([life.goodUntilMs, life.askAgainInMs], [30_000, 5_000]);
  await clock.advance(10_000);
  assert.equal(life.askAgainInMs, 0);
});

test("a token that ended does not come back", async () => {
  const { clock, there, life } = start();
  there.answer = false;
  clock.jump(30_000);
  assert.equal(await life.isGood({ signal }), false);
  there.answer = true;
  clock.jump(30_000);
  assert.equal(await life.isGood({ signal }), false);
  assert.deepEqual([there.asked, there.ended], [1, 1]);
});

test("one who does not wait any more is let go, and the answer comes to the others", async () => {
  const { clock, there, life } = start();
  clock.jump(30_000);
  await assert.rejects(life.isGood({ signal: AbortSignal.abort() }), { code: "Aborted" });
  assert.equal(await life.isGood({ signal }), true);
  there.answer = new Error("away");
  clock.jump(30_000);
  await assert.rejects(life.isGood({ signal: AbortSignal.abort() }), { code: "Aborted" });
  await settled();
});
