import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { Fence } from "#src/ipam/fence/fence.ts";
import { SessionFence } from "#src/ipam/fence/session-fence.ts";
import { logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";

function fenced() {
  const nb = new NbFixture();
  nb.commit(insert(nbGlobal, {}));
  const backup = nb.nb.now;
  const session = new ScriptedSession(nb);
  const fence = new Fence("replica", 100n);
  const seen = { restores: 0 };
  const onRestored = (): void => {
    seen.restores += 1;
  };
  const of = new SessionFence({
    fence,
    source: nb,
    clock: nb.clock,
    logger: silentLogger,
    onRestored,
  });
  const restore = (): void => {
    nb.nb.restore(backup);
    nb.commit();
    of.check();
  };
  return { nb, session, fence, seen, restore, of };
}

/** A fence that is open with the number 101. */
async function opened() {
  const all = fenced();
  const opening = all.of.open(all.session);
  await all.session.run();
  await opening;
  return all;
}

describe("the fence of a session", () => {
  it("is taken out of NB when the process retires, which nobody takes for a restore", async () => {
    const { of, session, fence, nb, seen } = await opened();
    const retiring = of.retire({});
    await session.run();
    await retiring;
    of.check();
    const [global] = nb.rows(nbGlobal).values();
    assert.deepEqual([global?.external_ids.has(fence.key), seen.restores, of.isDue], [false, 0, false]);
  });

  it("fences off what a retired process sent before, on its session and on the next, and writes no number again", async () => {
    const { of, session, fence, nb, seen } = await opened();
    const late = [...of.fenceWait(), insert(logicalSwitchPort, { name: "late" })];
    const retiring = of.retire({});
    await session.run();
    await retiring;
    const outcome = session.transact(late).catch(fromUnknown);
    await session.run();
    assert.equal((await outcome) instanceof AppError, true);
    await of.failed(session);
    await session.cut();
    const next = new ScriptedSession(nb);
    await of.open(next);
    const [global] = nb.rows(nbGlobal).values();
    assert.deepEqual(
      [nb.rows(logicalSwitchPort).size, next.waiting, global?.external_ids.has(fence.key), seen.restores],
      [0, [], false, 0],
    );
  });

  it("waits for nothing before the first number, and in every transaction for the number in force after it", async () => {
    const { of, session, fence } = fenced();
    assert.deepEqual([of.fenceWait(), of.isOpen], [[], false]);
    const opening = of.open(session);
    await session.next();
    assert.equal(of.isOpen, false, "the write is not answered yet");
    await session.run();
    await opening;
    assert.deepEqual([of.fenceWait(), of.isOpen], [[fence.waitFor("101")], true]);
    await session.cut();
    assert.equal(of.isOpen, false);
  });

  it("renews the number when it has its full age, not before", async () => {
    const { of, nb, session, fence } = await opened();
    await nb.clock.advance(44_999);
    await of.renewIfDue(session);
    assert.equal(fence.current, "101");
    await nb.clock.advance(1);
    const renewing = of.renewIfDue(session);
    await session.run();
    await renewing;
    assert.deepEqual([fence.current, of.isDue], ["102", false]);
  });

  it("takes the next number when a write was overtaken", async () => {
    const { of, session, fence, seen } = fenced();
    const opening = of.open(session);
    await session.refuse(0);
    await session.run();
    await opening;
    assert.deepEqual([fence.current, seen.restores], ["102", 0]);
  });

  it("gives the session up when somebody else keeps changing the key", async () => {
    const { of, session } = fenced();
    const opening = of.open(session).catch(fromUnknown);
    for (let n = 0; n < 20; n += 1) await session.refuse(0);
    assert.match(String(await opening), /is being changed by somebody else/);
    assert.equal(of.isOpen, false);
  });

  it("passes on that the outcome of a write is unknown", async () => {
    const { of, session } = fenced();
    const opening = assert.rejects(of.open(session), ({ code }: AppError) => code === "OutcomeUnknown");
    await session.next();
    await session.cut();
    await opening;
  });

  it("notices a restore under a living session at once and once, and writes the next number then", async () => {
    const { of, session, fence, seen, restore } = await opened();
    of.check();
    assert.deepEqual([seen.restores, of.isDue], [0, false]);
    restore();
    of.check();
    assert.deepEqual([seen.restores, of.isDue], [1, true]);
    const renewing = of.renewIfDue(session);
    await session.run();
    await renewing;
    assert.deepEqual([fence.current, of.isDue], ["102", false]);
  });

  it("notices a restore that comes between the write of a number and its answer", async () => {
    const { of, nb, session, seen, restore } = await opened();
    await nb.clock.advance(60_000);
    const renewing = of.renewIfDue(session);
    await session.next();
    restore();
    assert.equal(seen.restores, 0, "the number that is being written may be on its way");
    await session.acknowledge();
    await renewing;
    assert.deepEqual([seen.restores, of.isDue], [1, true]);
  });

  it("notices a restore that comes between the first write on a connection and its answer", async () => {
    const { of, session, seen } = fenced();
    const opening = of.open(session);
    await session.acknowledge();
    await opening;
    assert.deepEqual([seen.restores, of.isDue], [1, true]);
  });

  it("takes a wait that failed for a restore", async () => {
    const { of, session, seen } = await opened();
    const failing = of.failed(session);
    assert.equal(seen.restores, 1);
    await session.run();
    await failing;
    assert.equal(of.isDue, false);
  });

  it("notices on the next connection that NB was restored in between", async () => {
    const { of, nb, session, seen, restore } = await opened();
    await session.cut();
    restore();
    assert.equal(seen.restores, 0, "no session, no verdict");
    const next = new ScriptedSession(nb);
    const opening = of.open(next);
    assert.equal(seen.restores, 1, "before anything is written");
    await next.run();
    await opening;
  });
});
