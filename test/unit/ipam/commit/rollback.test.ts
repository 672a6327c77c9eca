import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import type { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { Fence } from "#src/ipam/fence/fence.ts";
import { SessionFence } from "#src/ipam/fence/session-fence.ts";
import { Rollback } from "#src/ipam/commit/rollback.ts";
import { logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import { bindPort, deleteHeldPorts } from "#src/ovn/ports/port-operations.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";

async function rollingBack() {
  const nb = new NbFixture();
  nb.commit(insert(nbGlobal, {}));
  const switchUuid = nb.addSwitch("blue", "10.0.0.0/24");
  const fence = new Fence("replica", 100n);
  const options = { clock: nb.clock, logger: silentLogger, onRestored: () => {} };
  const sessionFence = new SessionFence({ ...options, fence, source: nb });
  const session = new ScriptedSession(nb);
  const opening = sessionFence.open(session);
  await session.run();
  await opening;
  const rollback = new Rollback(sessionFence, silentLogger);
  const done: string[] = [];
  /** A reservation in NB that is to be rolled back. */
  const reserve = (id: string) => {
    const row = { uuid: nb.addPort("blue", id, { allocation: id }), switchUuid };
    const rows = () => (nb.index.switchesOf(row.uuid).length === 0 ? [] : [row]);
    rollback.add({ id, rows, done: () => void done.push(id) });
    return row;
  };
  const left = (): readonly string[] => [...nb.rows(logicalSwitchPort).values()].map(({ name }) => name);
  return { nb, fence, session, rollback, done, reserve, left };
}

describe("the rollback", () => {
  it("deletes under the fence and a wait that each row is its allocation's and bound to nobody", async () => {
    const { fence, session, rollback, reserve, done, left } = await rollingBack();
    const [a, b] = [reserve("a"), reserve("b")];
    const running = rollback.run(session);
    const operations = await session.run();
    await running;
    const held = [
      { ...a, allocation: "a", podUid: "" },
      { ...b, allocation: "b", podUid: "" },
    ];
    assert.deepEqual(operations, [fence.waitFor("101"), ...deleteHeldPorts(held)]);
    assert.deepEqual([done, left(), rollback.hasWork], [["a", "b"], [], false]);
  });

  it("never deletes a row that was bound meanwhile; its neighbours are tried again alone", async () => {
    const { nb, session, rollback, reserve, done, left } = await rollingBack();
    const [bound] = [reserve("bound"), reserve("open")];
    nb.hold(bindPort({ uuid: bound.uuid, allocation: "bound", pod: "web", podUid: "uid", chassis: "" }));
    const running = rollback.run(session);
    await session.run();
    assert.deepEqual(done, [], "the batch failed as a whole");
    await session.run();
    await session.run();
    await running;
    assert.deepEqual([left(), done], [["bound"], ["bound", "open"]]);
  });

  it("forgets nothing of a batch when the connection breaks between those that are tried alone", async () => {
    const { nb, session, rollback, reserve, done, left } = await rollingBack();
    const [bound] = [reserve("bound"), reserve("b"), reserve("c")];
    nb.hold(bindPort({ uuid: bound.uuid, allocation: "bound", pod: "web", podUid: "uid", chassis: "" }));
    const failing = assert.rejects(rollback.run(session), ({ code }: AppError) => code === "OutcomeUnknown");
    await session.run();
    await session.run();
    await session.cut();
    await failing;
    assert.deepEqual([rollback.hasWork, done, left()], [true, ["bound"], ["bound", "b", "c"]]);
    const running = rollback.run(session);
    await session.run();
    await running;
    assert.deepEqual([rollback.hasWork, done, left()], [false, ["bound", "b", "c"], ["bound"]]);
  });

  it("sends nothing for rows that are gone by themselves", async () => {
    const { nb, session, rollback, reserve, done } = await rollingBack();
    reserve("a");
    nb.removePort("blue", "a");
    await rollback.run(session);
    assert.deepEqual([done, session.waiting], [["a"], []]);
  });

  it("rolls at most 128 allocations back in one transaction", async () => {
    const { session, rollback, reserve, left } = await rollingBack();
    for (let n = 0; n < 130; n += 1) reserve(n.toString());
    const running = rollback.run(session);
    await session.run();
    assert.equal(left().length, 2);
    await session.run();
    await running;
    assert.deepEqual(left(), []);
  });

  it("keeps what is pending when the fence fails, and rolls it back the next time", async () => {
    const { session, rollback, reserve, done, left } = await rollingBack();
    reserve("a");
    const failing = assert.rejects(rollback.run(session), ({ code }: AppError) => code === "TransactionFailed");
    await session.refuse(0);
    await failing;
    assert.deepEqual([rollback.hasWork, done], [true, []]);
    const running = rollback.run(session);
    await session.run();
    await running;
    assert.deepEqual([rollback.hasWork, left()], [false, []]);
  });

  it("says that there is work", async () => {
    const { rollback, reserve } = await rollingBack();
    let rings = 0;
    rollback.onWork = () => {
      rings += 1;
    };
    reserve("a");
    assert.deepEqual([rings, rollback.hasWork], [1, true]);
  });
});
