import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { takeTurn } from "#cni/agent/node/agent-turn.ts";
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
  let before: Server | undefined;
  let stop: AbortController;
  beforeEach(() => {
    clock = new HastyClock();
    stop = new AbortController();
  });
  afterEach(async () => {
    before?.close();
    before = undefined;
    await rm(socketPath, { force: true });
  });
  after(() => {
    folder.remove();
  });

  const serve = () =>
    new Promise<void>((resolve) => {
      before = createServer().listen(socketPath, resolve);
    });
  const take = (listen: () => Promise<number>) =>
    takeTurn({ socketPath, listen, clock, logger: silentLogger }, stop.signal);
  const untilSlept = async (times: number) => {
    while (clock.sleeps < times) await new Promise((resolve) => setImmediate(resolve));
  };

  test("comes at once where no agent serves, also when a killed one has left its socket", async () => {
    await writeFile(socketPath, "");
    assert.equal(await take(() => Promise.resolve(9440)), 9440);
    assert.equal(clock.sleeps, 0);
  });

  test("comes when the agent before has closed its socket, and never before", async () => {
    await serve();
    let asked = 0;
    const turn = take(() => {
      asked += 1;
      return Promise.resolve(9440);
    });
    await untilSlept(700);
    assert.equal(asked, 0, "an agent that serves is waited for without a limit");
    before?.close();
    assert.equal(await turn, 9440);
    assert.equal(asked, 1);
  });

  test("waits for the port of an agent that ends, which it gives up last", async () => {
    let tries = 0;
    const turn = take(() => {
      tries += 1;
      return tries < 5 ? Promise.reject(failure("EADDRINUSE")) : Promise.resolve(9440);
    });
    assert.equal(await turn, 9440);
    assert.equal(clock.sleeps, 4);
  });

  test("fails with the words of the port when it stays in use and no agent serves", async () => {
    await assert.rejects(
      take(() => Promise.reject(failure("EADDRINUSE"))),
      /cannot listen/,
    );
    assert.equal(clock.monotonicMs(), 60_000);
  });

  test("fails at once when the address is none of the node", async () => {
    await assert.rejects(
      take(() => Promise.reject(failure("EADDRNOTAVAIL"))),
      /cannot listen/,
    );
    assert.equal(clock.sleeps, 0);
  });

  test("is given up when the agent is to end", async () => {
    await serve();
    const turn = take(() => Promise.resolve(9440));
    await untilSlept(2);
    stop.abort();
    assert.equal(await turn, undefined);
  });
});
