import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { ShimServer } from "#cni/agent/calls/shim-server.ts";
import { AgentTurn, type Candidate } from "#cni/agent/node/agent-turn.ts";
import { askToYield } from "#cni/agent/node/yield-call.ts";
import type { ShimAnswer, ShimCall } from "#cni/contract/shim-protocol.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** Time passes only while somebody sleeps. */
class HastyClock extends ManualClock {
  sleeps = 0;
  override async sleep(ms: number): Promise<void> {
    this.sleeps += 1;
    this.jump(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const failure = (code: string) =>
  new AppError("ConfigInvalid", "cannot listen", { cause: Object.assign(new Error(code), { code }) });

describe("the turn of an agent", () => {
  const folder = createTemporaryFolder("agent-turn");
  const socketPath = join(folder.path, "cni.sock");
  let clock: HastyClock;
  let stop: AbortController;
  let before: ShimServer | undefined;
  beforeEach(() => {
    clock = new HastyClock();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await before?.close();
    before = undefined;
    await rm(socketPath, { force: true });
  });
  after(() => {
    folder.remove();
  });

  const turnOf = (generation?: number) => new AgentTurn({ socketPath, generation, clock, logger: silentLogger });
  const candidate = (more: Partial<Candidate> = {}): Candidate => ({
    listen: () => Promise.resolve(9440),
    notReady: () => [],
    ...more,
  });
  const refusing = (code: string) => candidate({ listen: () => Promise.reject(failure(code)) });
  /** Lets another agent serve the node. */
  const serve = async (answer: (call: ShimCall) => ShimAnswer | undefined) => {
    before = new ShimServer({
      socketPath,
      serve: async (call) => answer(call) ?? { status: 1, output: "no call of a shim is expected" },
      logger: silentLogger,
    });
    await before.start();
  };
  /** Lets an agent of this generation serve it, which ends its turn when it is asked to. */
  const serveAs = async (
    generation: number | undefined,
    notReady: Candidate["notReady"] = () => [],
  ): Promise<AgentTurn> => {
    const first = turnOf(generation);
    await first.take(candidate({ notReady }), stop.signal);
    await serve((call) => first.answer(call));
    const server = before;
    void first.over(stop.signal).then(() => server?.close());
    return first;
  };
  const untilSlept = async (times: number) => {
    while (clock.sleeps < times) await new Promise((resolve) => setImmediate(resolve));
  };

  test("comes at once where no agent serves, also when a killed one has left its socket", async () => {
    await writeFile(socketPath, "");
    const turn = turnOf(1);
    assert.equal(await turn.take(candidate(), stop.signal), 9440);
    assert.equal(clock.sleeps, 0);
  });

  test("is given up to a newer agent that could serve", async () => {
    const first = await serveAs(3);
    const second = turnOf(4);
    assert.equal(await second.take(candidate(), stop.signal), 9440);
    assert.deepEqual(first.notStarted(), ["this agent does not serve the node yet"]);
  });

  /** Lets an agent serve the node, and give it to a newer one. */
  const givenAway = async (): Promise<AgentTurn> => {
    const first = await serveAs(3);
    assert.equal(await askToYield(socketPath, 4), "yields");
    await before?.close();
    return first;
  };

  test("is left to the agent that has asked for it, also when that one is slow, but not for ever", async () => {
    const first = await givenAway();
    assert.equal(await first.take(candidate(), stop.signal), 9440);
    assert.equal(clock.monotonicMs(), 5_000);
  });

  test("comes back at once when the agent that had it in between is gone", async () => {
    const first = await givenAway();
    await serve(() => undefined);
    const again = first.take(candidate(), stop.signal);
    await untilSlept(5);
    await before?.close();
    assert.equal(await again, 9440);
    assert.ok(clock.monotonicMs() < 1_000, `${clock.monotonicMs()} ms`);
  });

  test("is called started only after it has served for a while, since the one before is deleted then", async () => {
    const turn = turnOf(4);
    await turn.take(candidate(), stop.signal);
    assert.deepEqual(turn.notStarted(), ["this agent serves the node only for a moment"]);
    clock.jump(3_000);
    assert.deepEqual(turn.notStarted(), []);
  });

  test("goes to an older agent that is ready while the newer one lacks something", async () => {
    const first = await serveAs(4, () => ["no bridge"]);
    assert.equal(await turnOf(3).take(candidate(), stop.signal), 9440);
    assert.deepEqual(first.notStarted(), ["this agent does not serve the node yet"]);
  });

  test("is not asked for by an agent that could not serve", async () => {
    await serveAs(3);
    const turn = turnOf(4).take(candidate({ notReady: () => ["no bridge"] }), stop.signal);
    await untilSlept(200);
    stop.abort();
    assert.equal(await turn, undefined);
  });

  for (const [what, generation] of [
    ["older", 2],
    ["of the same generation", 3],
  ] as const) {
    test(`stays where it is when the other agent is ${what}, however often that asks`, async () => {
      await serveAs(3);
      const second = turnOf(generation);
      const turn = second.take(candidate(), stop.signal);
      await untilSlept(200);
      assert.deepEqual(second.notStarted(), ["this agent does not serve the node yet"]);
      stop.abort();
      assert.equal(await turn, undefined);
    });
  }

  /** These let an agent serve that ends its turn only with its process. */
  const unmoved: readonly (readonly [what: string, own: number | undefined, begin: () => Promise<unknown>])[] = [
    ["the one that serves does not know its generation", 4, () => serveAs(undefined)],
    ["the one that asks does not know its own", undefined, () => serveAs(3)],
    [
      "to one of an earlier release the question is no call of CNI",
      4,
      () => serve(() => ({ status: 1, output: '{"code":4,"msg":"CNI_COMMAND is not a command"}' })),
    ],
  ];
  for (const [what, own, begin] of unmoved) {
    test(`comes by the end of the agent before when ${what}; until then the next one counts as started`, async () => {
      await begin();
      const second = turnOf(own);
      const turn = second.take(candidate(), stop.signal);
      await untilSlept(5);
      assert.deepEqual(second.notStarted(), []);
      await before?.close();
      assert.equal(await turn, 9440);
    });
  }

  test("comes to an agent that lacks something only when nobody else has served for a while", async () => {
    assert.equal(await turnOf(4).take(candidate({ notReady: () => ["no bridge"] }), stop.signal), 9440);
    assert.equal(clock.monotonicMs(), 5_000);
  });

  test("waits for the port of an agent that ends, which it gives up last", async () => {
    let tries = 0;
    const listen = () => {
      tries += 1;
      return tries < 5 ? Promise.reject(failure("EADDRINUSE")) : Promise.resolve(9440);
    };
    assert.equal(await turnOf(1).take(candidate({ listen }), stop.signal), 9440);
    assert.equal(clock.sleeps, 4);
  });

  test("fails with the words of the port when it stays in use and no agent serves", async () => {
    await assert.rejects(turnOf(1).take(refusing("EADDRINUSE"), stop.signal), /cannot listen/);
    assert.equal(clock.monotonicMs(), 60_000);
  });

  test("fails at once when the address is none of the node", async () => {
    await assert.rejects(turnOf(1).take(refusing("EADDRNOTAVAIL"), stop.signal), /cannot listen/);
    assert.equal(clock.sleeps, 0);
  });

  test("is over when the process is to end", async () => {
    const turn = turnOf(1);
    await turn.take(candidate(), stop.signal);
    stop.abort();
    await turn.over(stop.signal);
  });
});
