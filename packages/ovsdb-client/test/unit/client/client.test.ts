import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { processClock } from "../../../src/time/clock.ts";
import type { OvsdbLogger } from "../../../src/client/client-options.ts";
import { OvsdbClient } from "../../../src/client/client.ts";
import { column, table } from "../../../src/values/table.ts";

const noLogger: OvsdbLogger = { debug() {}, info() {}, warn() {}, error() {} };
const thing = table("Thing", { name: column.string() });

function client(endpoints: readonly string[], logger: OvsdbLogger = noLogger, random = Math.random): OvsdbClient {
  const backoff = { initialMs: 1, maxMs: 1, factor: 1, jitter: 0, resetAfterMs: 1_000 };
  const own = { endpoints, database: "D", tables: [thing], leader: "any" as const };
  return new OvsdbClient({ ...own, logger, backoff, random });
}

const nowhere = ["unix:/nonexistent/a", "unix:/nonexistent/b"];
const deadlineIn = (ms: number) => ({ deadlineMs: processClock.monotonicMs() + ms });

test("a malformed endpoint, or none, is refused when the client is made", () => {
  assert.throws(() => client([]), { code: "ConfigInvalid" });
  assert.throws(() => client(["unix:/a", "http://b"]), { code: "ConfigInvalid", message: /http:\/\/b/ });
});

test("before the start there are no rows and no session, and waiting says why", async () => {
  const idle = client(nowhere);
  assert.equal(idle.session, undefined);
  assert.equal(idle.rows(thing).size, 0);
  await assert.rejects(idle.waitForSession(deadlineIn(5)), { code: "NotConnected", message: /was not started/ });
  await idle.close();
});

test("who waits for a session is told of the last failure at the deadline, and of the end when the client is closed", async () => {
  const failed = Promise.withResolvers<undefined>();
  const warn = (): void => {
    failed.resolve(undefined);
  };
  const running = client(nowhere, { ...noLogger, warn });
  running.start(new AbortController().signal);
  assert.throws(
    () => {
      running.start(new AbortController().signal);
    },
    { code: "InvalidUse" },
  );
  await failed.promise;
  await assert.rejects(running.waitForSession(deadlineIn(50)), {
    code: "NotConnected",
    message: /\/nonexistent\/[ab]: .*ENOENT/,
  });
  const waiting = assert.rejects(running.waitForSession(), { code: "NotConnected", message: "the client was closed" });
  await running.close();
  await waiting;
});

test("who waits while a server keeps silent is told which one was asked", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const running = client([`tcp:127.0.0.1:${port}`]);
  running.start(new AbortController().signal);
  await assert.rejects(running.waitForSession(deadlineIn(50)), {
    code: "NotConnected",
    message: `no session with the database: no answer yet from tcp:127.0.0.1:${port}`,
  });
  await running.close();
  silent.close();
});

test("the signal that it was started with ends it, and it can be started again", async () => {
  const running = client(nowhere);
  const abort = new AbortController();
  running.start(abort.signal);
  const waiting = assert.rejects(running.waitForSession(), { code: "NotConnected" });
  abort.abort();
  await waiting;
  await running.close();
  running.start(AbortSignal.abort());
  await running.close();
});

test("trouble that lasts is a warning once, not with every attempt", async () => {
  const levels: string[] = [];
  const { promise: often, resolve } = Promise.withResolvers<undefined>();
  const count = (level: string) => () => {
    levels.push(level);
    if (levels.length === 10) resolve(undefined);
  };
  const logger: OvsdbLogger = { ...noLogger, warn: count("warn"), debug: count("debug") };
  const running = client(["unix:/nonexistent/a"], logger);
  running.start(new AbortController().signal);
  await often;
  await running.close();
  assert.deepEqual(levels.slice(0, 3), ["warn", "debug", "debug"]);
  assert.equal(levels.filter((level) => level === "warn").length, 1);
});

test("each round tries every endpoint once, in an order of its own", async () => {
  const tried: string[] = [];
  const { promise: often, resolve } = Promise.withResolvers<undefined>();
  const note = (fields: object): void => {
    tried.push(String((fields as { endpoint?: string }).endpoint).slice(-1));
    if (tried.length === 6) resolve(undefined);
  };
  // Two numbers shuffle three endpoints, and a third one is the jitter of the delay.
  const numbers = [0, 0, 0, 0.9, 0.9, 0];
  const endpoints = ["unix:/nonexistent/a", "unix:/nonexistent/b", "unix:/nonexistent/c"];
  const logger: OvsdbLogger = { ...noLogger, warn: note, debug: note };
  const running = client(endpoints, logger, () => numbers.shift() ?? 0);
  running.start(new AbortController().signal);
  await often;
  await running.close();
  assert.equal(tried.slice(0, 6).join(""), "bcaabc");
});
