import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { TcpBalancer } from "#lab/webhook/tcp-balancer.ts";

const withinMs = { timeout: 60_000 };

/** Starts a backend that greets with its name. */
async function startBackend(t: TestContext, name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on("error", () => {}).end(name));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function greeting(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port }).setEncoding("utf8");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test("connections go to the backends in turn", withinMs, async (t) => {
  const [a, b] = await Promise.all([startBackend(t, "a"), startBackend(t, "b")]);
  await using balancer = await TcpBalancer.start();
  balancer.add(a.port);
  balancer.add(b.port);
  const seen: string[] = [];
  for (let n = 0; n < 4; n += 1) seen.push(await greeting(balancer.port));
  assert.deepEqual(seen.toSorted(), ["a", "a", "b", "b"]);
  assert.notEqual(seen[0], seen[1]);
});

test("a backend that refuses is passed over, and one that was taken out is not tried", withinMs, async (t) => {
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => startBackend(t, name)));
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  await using balancer = await TcpBalancer.start();
  for (const { port } of [a, b, c]) balancer.add(port);
  a.server.close();
  await once(a.server, "close");
  balancer.remove(c.port);
  for (let n = 0; n < 3; n += 1) assert.equal(await greeting(balancer.port), "b");
});

test("without a backend that answers, connections are closed", withinMs, async () => {
  await using balancer = await TcpBalancer.start();
  assert.equal(await greeting(balancer.port), "");
});

test("a cut is over when the clients have ended their connections", withinMs, async (t) => {
  const open: Socket[] = [];
  const server = createServer((socket) => open.push(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  await using balancer = await TcpBalancer.start();
  balancer.add((server.address() as AddressInfo).port);
  const client = connect({ host: "127.0.0.1", port: balancer.port, allowHalfOpen: true });
  await once(client, "connect");
  client.resume();
  let cut = false;
  const over = balancer.cut().then(() => (cut = true));
  await once(client, "end");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(cut, false);
  client.end();
  await over;
});
