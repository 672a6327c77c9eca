import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { test, type TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { gateConnections } from "#webhooks/server/connection-gate.ts";
import { sharedPair } from "#test/stacks/webhooks/started-server.ts";

const withinMs = { timeout: 60_000 };

/** A TLS server with room for four connections, three of them for peers that are not known. */
async function gated(t: TestContext) {
  const { cert, key } = await sharedPair();
  const server = createServer({ cert, key }, (_request, response) => response.end("ok"));
  let limits = 0;
  const isKnown = (): boolean => false;
  const onLimit = (): void => void (limits += 1);
  const { cut } = gateConnections(server, { maxConnections: 4, isKnown, onLimit });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    cut();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const dial = async (localAddress = "127.0.0.1"): Promise<TLSSocket> => {
    const socket = connect({ host: "127.0.0.1", port, localAddress, rejectUnauthorized: false } as object);
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  return { port, dial, cut, limits: () => limits };
}

async function get(socket: TLSSocket): Promise<void> {
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(socket, "data");
}

test("one connection too many ends the oldest of that peer which never sent a request", withinMs, async (t) => {
  const { dial, limits } = await gated(t);
  const used = await dial();
  await get(used);
  const oldest = await dial();
  const second = await dial();
  const ended = once(oldest, "close");
  const newcomer = await dial("127.0.0.2");
  oldest.resume();
  await ended;
  assert.equal(limits(), 1);
  for (const socket of [used, second, newcomer]) await get(socket);
});

test("a handshake that never ends keeps nobody else out", withinMs, async (t) => {
  const { port, dial } = await gated(t);
  for (let n = 0; n < 6; n += 1) {
    const silent = connectTcp({ host: "127.0.0.1", port, localAddress: "127.0.0.3" });
    silent.on("error", () => undefined).resume();
    t.after(() => silent.destroy());
    await once(silent, "connect");
    silent.write(Buffer.from("1603", "hex"));
  }
  await get(await dial());
});

test("all connections are cut at the end", withinMs, async (t) => {
  const { dial, cut } = await gated(t);
  const socket = await dial();
  socket.resume();
  const ended = once(socket, "close");
  cut();
  await ended;
});
