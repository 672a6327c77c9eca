import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRight } from "#src/commands/view/viewers/access-review.ts";
import { UserRights } from "#src/commands/view/viewers/user-rights.ts";
import { silentLogger } from "#src/core/logger.ts";
import { resources } from "#src/kube/client/resources.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const pods = (namespace?: string): AccessRight => ({ verb: "list", resource: resources.pods, namespace });

function start() {
  const clock = new ManualClock();
  const asked: string[] = [];
  const there = { allowed: new Set(["shop"]), isDown: false, changes: 0, paceMs: 0, slow: new Set<string>() };
  const rights = new UserRights({
    review: ({ namespace = "*" }) => {
      asked.push(namespace);
      if (there.slow.has(namespace)) return clock.sleep(10_000).then(() => there.allowed.has(namespace));
      return there.isDown ? Promise.reject(new Error("away")) : Promise.resolve(there.allowed.has(namespace));
    },
    ageMs: 30_000,
    paceMs: () => there.paceMs,
    timeoutMs: 1_000,
    changed: () => {
      there.changes += 1;
    },
    clock,
    logger: silentLogger,
  });
  return { clock, asked, there, rights };
}

test("what is not known is no, is asked once, and is told", async () => {
  const { asked, there, rights } = start();
  assert.deepEqual([rights.may(pods("shop")), rights.may(pods("bank")), rights.may(pods())], [false, false, false]);
  assert.ok(rights.isPending);
  await rights.settle({});
  assert.deepEqual([rights.may(pods("shop")), rights.may(pods("bank")), rights.may(pods())], [true, false, false]);
  assert.deepEqual([asked, there.changes, rights.isPending], [["*", "shop", "bank"], 1, false]);
});

test("an answer counts for its time, and no longer while no other comes", async () => {
  const { clock, there, rights } = start();
  rights.may(pods("shop"));
  await rights.settle({});
  there.isDown = true;
  await clock.advance(29_999);
  rights.renew();
  await rights.settle({});
  assert.ok(rights.may(pods("shop")), "the old answer counts until it is too old");
  await clock.advance(1);
  assert.ok(!rights.may(pods("shop")));
  await rights.settle({});
  there.isDown = false;
  assert.ok(!rights.may(pods("shop")));
  assert.ok(!rights.isPending, "what was not answered is not asked again at once");
  await clock.advance(5_000);
  assert.ok(!rights.may(pods("shop")));
  await rights.settle({});
  assert.ok(rights.may(pods("shop")), "it is asked for again by whoever wants it");
});

test("a right that is lost is told at the next round, and what nobody wants is forgotten", async () => {
  const { asked, there, rights } = start();
  rights.may(pods("shop"));
  rights.may(pods("gone"));
  await rights.settle({});
  there.allowed.clear();
  for (let round = 0; round < 3; round += 1) {
    rights.beginRound();
    rights.may(pods("shop"));
    rights.renew();
    await rights.settle({});
  }
  assert.equal(rights.may(pods("shop")), false);
  assert.equal(there.changes, 2);
  assert.deepEqual(asked, ["shop", "gone", "shop"], "the no is kept");
});

test("more rights than the limit are not asked for, and that is known", async () => {
  const { asked, rights } = start();
  for (let i = 0; i < 2_001; i += 1) rights.may(pods(`n-${i}`));
  await rights.settle({});
  assert.deepEqual([rights.isFull, asked.length], [true, 2_000]);
});

test("one who can wait gets the answer, which others share", async () => {
  const { asked, rights } = start();
  assert.equal(await rights.ask(pods("shop"), {}), true);
  assert.equal(rights.may(pods("shop")), true);
  assert.deepEqual(asked, ["shop"]);
  for (let i = 0; i < 3_000; i += 1) await rights.ask({ ...pods("shop"), verb: "get", name: `p-${i}` }, {});
  rights.may(pods("bank"));
  assert.ok(!rights.isFull, "rights on single objects take no room");
  rights.close();
  assert.equal(rights.may(pods("shop")), false);
});

test("rights that are slow keep nobody from what the others say, and nobody waits for them for ever", async () => {
  const { clock, there, rights } = start();
  for (let i = 0; i < 30; i += 1) there.slow.add(`slow-${i}`);
  for (const one of ["shop", ...there.slow]) rights.may(pods(one));
  const settled = assert.rejects(rights.settle({ deadlineMs: 1_000 }), { code: "DeadlineExceeded" });
  await clock.advance(1_000);
  await settled;
  await assert.rejects(rights.settle({ signal: AbortSignal.abort() }), { code: "Aborted" });
  await clock.advance(10_000);
  assert.deepEqual([rights.may(pods("shop")), there.changes, rights.isPending], [true, 1, true]);
});

test("an answer is as old as its question", async () => {
  const { clock, there, rights } = start();
  there.slow.add("shop");
  assert.equal(rights.goodUntilMs, undefined);
  rights.may(pods("shop"));
  const asked = rights.ask({ ...pods("shop"), verb: "get" }, {});
  await clock.advance(10_000);
  assert.equal(await asked, true);
  assert.deepEqual([rights.may(pods("shop")), rights.goodUntilMs], [true, 30_000]);
  clock.jump(20_000);
  assert.deepEqual([rights.may(pods("shop")), rights.goodUntilMs], [false, undefined]);
});

test("a no about one namespace counts ten times as long, and all else is asked for in each round", async () => {
  const { clock, asked, rights } = start();
  const all = [pods(), pods("shop"), pods("bank")];
  const round = async () => {
    asked.length = 0;
    rights.beginRound();
    for (const one of all) rights.may(one);
    rights.renew();
    await rights.settle({});
    await clock.advance(20_000);
    return asked.toSorted();
  };
  assert.deepEqual(await round(), ["*", "bank", "shop"]);
  for (let n = 0; n < 13; n += 1) assert.deepEqual(await round(), ["*", "shop"]);
  assert.deepEqual(await round(), ["*", "bank", "shop"], "before its time is over it is asked for again");
});

test("what a user has is asked for before what he has not, which waits for its place", async () => {
  const { clock, asked, there, rights } = start();
  rights.may(pods("shop"));
  await rights.settle({});
  asked.length = 0;
  there.paceMs = 1_000;
  for (let n = 0; n < 20; n += 1) rights.may(pods(`n-${n}`));
  rights.may(pods());
  rights.renew();
  await settled();
  assert.deepEqual(asked, [], "others are waited for in the first batch");
  await clock.advance(1_000);
  assert.deepEqual(asked.slice(0, 2), ["*", "shop"]);
  assert.equal(asked.length, 8);
});

test("one who can wait is not told a no that is older than other answers may be", async () => {
  const { clock, there, rights } = start();
  assert.equal(await rights.ask(pods("bank"), {}), false);
  there.allowed.add("bank");
  await clock.advance(29_999);
  assert.equal(await rights.ask(pods("bank"), {}), false);
  await clock.advance(1);
  assert.equal(await rights.ask(pods("bank"), {}), true);
});
