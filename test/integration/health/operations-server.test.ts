import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";
import { until } from "#test/assertions/until.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const withinMs = { timeout: 60_000 };

async function start(t: TestContext): Promise<number> {
  return (await startCounting(t)).port;
}

/** Also gives the number of requests that have arrived. */
async function startCounting(
  t: TestContext,
  beforeScrape: () => void | Promise<void> = () => {},
  clock: Clock = systemClock,
): Promise<{ readonly port: number; readonly asked: () => number }> {
  const server = createOperationsServer({ metrics: createMetrics(), notReady: () => [], beforeScrape, clock });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  let requests = 0;
  server.on("request", () => (requests += 1));
  return { port: (server.address() as AddressInfo).port, asked: () => requests };
}

/** Opens a connection from an address of loopback, which sends nothing. */
async function open(t: TestContext, port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress }).on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket.resume();
}

const ready = async (port: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: "close" } })).status;

test("one address has so many connections and no more", withinMs, async (t) => {
  const port = await start(t);
  const held: Socket[] = [];
  for (let n = 0; n < 16; n += 1) held.push(await open(t, port, "127.0.0.2"));
  const refused = await open(t, port, "127.0.0.2");
  await once(refused, "close");
  assert.ok(held.every(({ closed }) => !closed));
  assert.equal(await ready(port), 200);
});

test("a probe is answered however many addresses hold connections", withinMs, async (t) => {
  const port = await start(t);
  const held: Socket[] = [];
  for (let peer = 2; peer < 19; peer += 1)
    for (let n = 0; n < 16; n += 1) held.push(await open(t, port, `127.0.0.${peer}`));
  const [oldest] = held;
  if (oldest?.closed === false) await once(oldest, "close");
  assert.equal(await ready(port), 200);
  assert.equal(held.at(-1)?.closed, false);
});

test("a connection that carries nothing is ended soon", withinMs, async (t) => {
  const socket = await open(t, await start(t), "127.0.0.1");
  await once(socket, "close");
});

test("scrapes take a small part of the time, however many ask", withinMs, async (t) => {
  let scrapes = 0;
  const clock = new ManualClock();
  const held = Promise.withResolvers<undefined>();
  const takes50Ms = async (): Promise<void> => {
    scrapes += 1;
    await held.promise;
    clock.jump(50);
  };
  const { port, asked } = await startCounting(t, takes50Ms, clock);
  const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const together = Promise.all([ask(), ask(), ask()]);
  await until(() => asked() === 3);
  held.resolve(undefined);
  await together;
  clock.jump(449);
  await ask();
  assert.equal(scrapes, 1);
  clock.jump(1);
  await ask();
  assert.equal(scrapes, 2);
});
