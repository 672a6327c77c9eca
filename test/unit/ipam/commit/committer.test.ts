import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commit } from "ovsdb-client";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";
import { Committing, ipGiven, portsIn } from "../committing.ts";
import { keyOf, portRequest } from "#test/fixtures/ipam/nb-fixture.ts";

describe("the committer", () => {
  it("sends what arrives in one turn as one durable transaction behind the fence, and answers after the reply", async () => {
    const on = new Committing();
    const session = await on.connect();
    const callers = [on.ask(), on.ask(), on.ask()];
    const operations = await session.next();
    assert.deepEqual([operations[0], operations.at(-1)], [on.fence.waitFor("101"), commit({ durable: true })]);
    assert.equal(portsIn(operations), 3);
    assert.deepEqual(callers.map(ipGiven), [undefined, undefined, undefined]);
    await session.run();
    assert.deepEqual(callers.map(ipGiven), ["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    assert.equal(on.ports.length, 3);
  });

  it("tells of each session whose fence number the database has, so that pods are compared with nothing older", async () => {
    const on = new Committing();
    const session = new ScriptedSession(on.nb);
    void on.committer.serve(session);
    await settled();
    assert.deepEqual(on.fenced, [], "its number is on the way");
    await session.run();
    assert.deepEqual(on.fenced, ["101"]);
  });

  it("answers nobody whose rows it does not see, whatever the reply says", async () => {
    const on = new Committing();
    const session = await on.connect();
    const caller = on.ask();
    await session.acknowledge();
    assert.equal(caller.allocation, undefined);
    await session.runAll();
    assert.equal(ipGiven(caller), "10.0.0.3", "planned again");
    assert.deepEqual(on.ports, ["a2-net1"]);
  });

  it("gives a caller each plan while its transaction is under way, and answers with the last", async () => {
    const on = new Committing();
    const session = await on.connect();
    const drafts: string[] = [];
    const caller = on.ask(portRequest("blue"), {
      onPlanned: ({ id, ports }) => drafts.push(`${id} ${ports[0]?.request.interfaceName}`),
    });
    await session.next();
    assert.deepEqual([drafts, caller.allocation], [["a1 net1"], undefined]);
    await session.acknowledge();
    assert.deepEqual(drafts, ["a1 net1", "a2 net1"], "its rows were not seen");
    await session.runAll();
    assert.equal(caller.allocation?.id, "a2");
  });

  it("plans the next group while one is in flight, and a third only when one was answered", async () => {
    const on = new Committing();
    const session = await on.connect();
    const callers = [];
    for (let n = 0; n < 3; n += 1) {
      callers.push(on.ask());
      await settled();
    }
    assert.equal(session.waiting.length, 2);
    await session.run();
    assert.equal(session.waiting.length, 2);
    await session.runAll();
    assert.deepEqual(callers.map(ipGiven), ["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
  });

  it("puts at most 128 requests into one transaction, and makes two groups of many", async () => {
    for (const [asked, groups] of [
      [63, [63]],
      [100, [50, 50]],
      [300, [128, 128, 44]],
    ] as const) {
      const on = new Committing();
      const session = await on.connect();
      const callers = Array.from({ length: asked }, () => on.ask());
      const sent: number[] = [];
      await settled();
      while (session.waiting.length > 0) sent.push(portsIn(await session.run()));
      assert.deepEqual(sent, groups);
      assert.equal(new Set(callers.map(ipGiven)).size, asked);
    }
  });

  it("never answers for a transaction without a reply, even when its rows are visible", async () => {
    const on = new Committing();
    const session = await on.connect();
    const caller = on.ask();
    on.nb.nb.execute(await session.next());
    on.nb.commit();
    assert.deepEqual(on.ports, ["a1-net1"]);
    await session.cut();
    assert.deepEqual([caller.allocation, caller.error], [undefined, undefined]);
    const next = await on.connect();
    await next.runAll();
    assert.deepEqual([caller.allocation?.id, on.ports], ["a2", ["a2-net1"]], "rolled back, then allocated afresh");
  });

  it("rolls back what was allocated for a caller who gave up meanwhile", async () => {
    const on = new Committing();
    const session = await on.connect();
    const hangUp = new AbortController();
    const caller = on.ask(portRequest("blue"), { signal: hangUp.signal });
    await session.next();
    hangUp.abort();
    await session.run();
    assert.equal(caller.error?.code, "Aborted");
    await session.run();
    assert.deepEqual(on.ports, []);
    const rests = on.nb.index.named("blue")[0]?.cooldown.has(keyOf("10.0.0.2"), on.nb.clock.monotonicMs());
    assert.equal(rests, false, "nobody was told of the address");
  });

  it("loses to a port that was committed first: an automatic address is planned again, a requested one refused", async () => {
    const on = new Committing();
    const session = await on.connect();
    const [automatic, requested] = [on.ask(), on.ask(portRequest("blue", ["10.0.0.9"]))];
    await session.next();
    on.nb.hold(...on.nb.port("blue", "vm1", { addresses: "0a:00:00:00:00:01 10.0.0.2" }));
    on.nb.hold(...on.nb.port("blue", "vm2", { addresses: "0a:00:00:00:00:02 10.0.0.9" }));
    await session.runAll();
    assert.equal(ipGiven(automatic), "10.0.0.3");
    assert.equal(requested.error?.code, "AddressInUse");
    assert.deepEqual(on.ports.toSorted(), ["a3-net1", "vm1", "vm2"]);
    assert.match(await on.metrics.registry.metrics(), /ovn4nfv_allocation_clashes_total 2/);
  });

  it("gives up on a switch where somebody else is first again and again", async () => {
    const on = new Committing();
    const session = await on.connect();
    const caller = on.ask();
    for (let n = 2; caller.error === undefined && n < 30; n += 1) {
      await session.next();
      on.nb.hold(...on.nb.port("blue", `vm${n.toString()}`, { addresses: `0a:00:00:00:00:01 10.0.0.${n.toString()}` }));
      await session.run();
      await session.run();
    }
    assert.match(caller.error?.message ?? "", /gave each address tried to somebody else first/);
    assert.equal(on.ports.length, 16, "all of them the other's");
  });

  it("tries each request of a refused group alone, and refuses only the one that is refused again", async () => {
    const on = new Committing();
    const session = await on.connect();
    const callers = [on.ask(), on.ask(), on.ask()];
    await session.refuse();
    assert.deepEqual(session.waiting.map(portsIn), [1, 1]);
    await session.refuse();
    await session.runAll();
    assert.match(callers[0]?.error?.message ?? "", /^BackendUnavailable: .*refused the transaction/);
    assert.deepEqual(
      callers.map(({ allocation }) => allocation !== undefined),
      [false, true, true],
    );
    assert.equal(on.ports.length, 2);
  });

  it("writes the next number when its fence wait fails, and plans again under that", async () => {
    const on = new Committing();
    const session = await on.connect();
    const caller = on.ask();
    await session.refuse(0);
    assert.equal(on.restores, 1);
    await session.run();
    assert.deepEqual((await session.run())[0], on.fence.waitFor("102"));
    assert.equal(caller.allocation?.id, "a2");
  });

  it("allocates nothing while it is closed, for a new request as for one that waits", async () => {
    const on = new Committing();
    const waiting = on.ask();
    on.closed = "was restored";
    const fresh = on.ask();
    const session = await on.connect();
    for (const { error } of [waiting, fresh])
      assert.match(error?.message ?? "", /^BackendUnavailable: .*was restored;/);
    assert.equal(session.waiting.length, 0);
  });

  it("says at the deadline whether NB cannot be reached or was too slow", async () => {
    const on = new Committing();
    const [early, late] = [1_000, 2_000].map((deadlineMs) => on.ask(portRequest("blue"), { deadlineMs }));
    await on.nb.clock.advance(1_000);
    assert.match(early?.error?.message ?? "", /^BackendUnavailable: .*cannot be reached/);
    const session = await on.connect();
    await session.next();
    await on.nb.clock.advance(1_000);
    assert.match(late?.error?.message ?? "", /^BackendUnavailable: .*did not answer in the time allowed/);
  });

  it("is not overloaded by callers who gave up while NB was down, only by those who still wait", async () => {
    const on = new Committing();
    const hangUp = new AbortController();
    const gone = Array.from({ length: 10_000 }, () => on.ask(portRequest("blue"), { signal: hangUp.signal }));
    const refused = on.ask();
    hangUp.abort();
    await settled();
    assert.match(refused.error?.message ?? "", /is overloaded/);
    assert.ok(gone.every(({ error }) => error?.code === "Aborted"));
    const caller = on.ask();
    const session = await on.connect();
    await session.run();
    assert.equal(ipGiven(caller), "10.0.0.2");
  });

  it("rolls an answered allocation back, and resolves when that is done", async () => {
    const on = new Committing();
    const session = await on.connect();
    const [kept, undone] = [on.ask(), on.ask()];
    await session.run();
    assert.ok(undone.allocation);
    const undoing = on.committer.rollBack(undone.allocation);
    await session.run();
    await undoing;
    assert.deepEqual(on.ports, [`${kept.allocation?.id ?? ""}-net1`]);
  });

  it("rolls an answered allocation back on a switch that was renamed meanwhile", async () => {
    const on = new Committing();
    const session = await on.connect();
    const caller = on.ask();
    await session.run();
    assert.ok(caller.allocation);
    on.nb.set(logicalSwitch, on.nb.uuidOf(logicalSwitch, "blue"), { name: "green" });
    const undoing = on.committer.rollBack(caller.allocation);
    await session.runAll();
    await undoing;
    assert.deepEqual(on.ports, []);
  });

  it("retires when all is answered and rolled back, not while something is in flight", async () => {
    const on = new Committing();
    const session = await on.connect();
    const [kept, undone] = [on.ask(), on.ask()];
    await session.run();
    assert.ok(undone.allocation);
    const last = on.ask();
    await session.next();
    void on.committer.rollBack(undone.allocation);
    const retiring = on.committer.retire({});
    await settled();
    assert.deepEqual(session.waiting.map(portsIn), [1], "only the allocation");
    await session.runAll();
    await retiring;
    assert.deepEqual(
      on.ports.toSorted(),
      [kept, last].map(({ allocation }) => `${allocation?.id ?? ""}-net1`),
    );
    assert.equal(on.fenceValue, undefined);
  });

  it("keeps the fence key while rows of a cut off transaction are looked for, and rolls them back first", async () => {
    const on = new Committing();
    const session = await on.connect();
    const hangUp = new AbortController();
    on.ask(portRequest("blue"), { signal: hangUp.signal });
    on.nb.nb.execute(await session.next());
    on.nb.commit();
    hangUp.abort();
    await session.cut();
    await on.committer.retire({});
    assert.deepEqual([on.ports, on.fenceValue], [["a1-net1"], "101"], "nothing can be done without a session");
    const next = await on.connect();
    const retiring = on.committer.retire({});
    await next.next();
    assert.equal(on.fenceValue, "102");
    await next.runAll();
    await retiring;
    assert.deepEqual([on.ports, on.fenceValue], [[], undefined]);
  });

  it("gives retiring up at the deadline when NB does not answer", async () => {
    const on = new Committing();
    const session = await on.connect();
    on.ask();
    await session.next();
    const outcome = on.committer.retire({ deadlineMs: on.nb.clock.monotonicMs() + 2_000 }).catch(fromUnknown);
    await on.nb.clock.advance(2_000);
    assert.equal((await outcome) instanceof AppError && on.fenceValue, "101");
  });

  it("never lets a fence number become older than a minute while no request comes", async () => {
    const on = new Committing();
    const session = await on.connect();
    const { clock } = on.nb;
    let [writes, writtenMs, oldestMs] = [0, clock.monotonicMs(), 0];
    for (let n = 0; n < 600; n += 1) {
      await clock.advance(1_000);
      // NB takes up to ten seconds to answer.
      if (session.waiting.length > 0) {
        await clock.advance(10_000);
        await session.run();
        writes += 1;
        oldestMs = Math.max(oldestMs, clock.monotonicMs() - writtenMs);
        writtenMs = clock.monotonicMs();
      }
    }
    oldestMs = Math.max(oldestMs, clock.monotonicMs() - writtenMs);
    const minutes = clock.monotonicMs() / 60_000;
    assert.ok(oldestMs <= 60_000, `a number was ${oldestMs.toString()} ms old`);
    assert.ok(writes >= minutes - 1 && writes <= 1.5 * minutes, `${writes.toString()} writes`);
  });
});
