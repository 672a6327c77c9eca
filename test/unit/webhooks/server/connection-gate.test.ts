import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Server } from "node:https";
import { test } from "node:test";
import { gateConnections } from "#webhooks/server/connection-gate.ts";

/** A socket of which there is only what the gate looks at. */
class FakeSocket extends EventEmitter {
  readonly remotePort: number;
  readonly remoteAddress: string;
  destroyed = false;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

/** A gate before a server that only notes whose handshakes begin. The test takes the turns by hand. */
function gatedByHand() {
  const server = new EventEmitter();
  const begun: string[] = [];
  server.on("connection", ({ remoteAddress }: FakeSocket) => void begun.push(remoteAddress));
  const coming: (() => void)[] = [];
  gateConnections(server as unknown as Server, {
    maxConnections: 8,
    isKnown: () => false,
    deferStrangers: (turn) => void coming.push(turn),
    onLimit: () => undefined,
  });
  let port = 1;
  const arrive = (address: string): FakeSocket => {
    const socket = new FakeSocket(address, (port += 1));
    server.emit("connection", socket);
    return socket;
  };
  const turn = (): void => {
    for (const each of coming.splice(0)) each();
  };
  return { begun, arrive, turn };
}

test("connections that ended before their handshake take no turn of others", () => {
  const { begun, arrive, turn } = gatedByHand();
  arrive("192.0.2.1");
  for (let n = 0; n < 100; n += 1) arrive("192.0.2.9").destroy();
  arrive("192.0.2.2");
  assert.deepEqual(begun, ["192.0.2.1"]);
  turn();
  assert.deepEqual(begun, ["192.0.2.1", "192.0.2.2"]);
});

test("connections that had to give way wait for no handshake", () => {
  const { begun, arrive, turn } = gatedByHand();
  const sockets = Array.from({ length: 100 }, () => arrive("192.0.2.9"));
  assert.equal(sockets.filter(({ destroyed }) => !destroyed).length, 6);
  for (let n = 0; n < 100; n += 1) turn();
  // The first one began at once, before it had to give way.
  assert.equal(begun.length, 7);
});
