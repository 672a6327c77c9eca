import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createMetrics } from "#src/core/metrics.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";

const withinMs = { timeout: 60_000 };

async function start(t: TestContext, beforeScrape: () => void | Promise<void> = () => {}): Promise<number> {
  const server = createOperationsServer({ metrics: createMetrics(), notReady: () => [], beforeScrape });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
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
  const port = await start(t, async () => {
    scrapes += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await Promise.all([ask(), ask(), ask()]);
  await ask();
  assert.equal(scrapes, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await ask();
  assert.equal(scrapes, 2);
});
