import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { Delivery } from "#webhooks/server/delivery.ts";

class FakeSocket extends EventEmitter {
  writable = true;
  destroyed = false;
}

class FakeResponse extends EventEmitter {
  socket: FakeSocket | null;
  readonly written: string[] = [];
  readonly headers: string[] = [];

  constructor(socket: FakeSocket | null) {
    super();
    this.socket = socket;
  }

  /** Assigns a socket like Node, when the answers before this one are sent. */
  assign(socket: FakeSocket): void {
    this.socket = socket;
    this.emit("socket", socket);
  }

  setHeader(name: string, value: string): void {
    this.headers.push(`${name}: ${value}`);
  }

  writeHead(status: number): void {
    this.written.push(status.toString());
  }

  end(body: string): void {
    this.written.push(body);
  }
}

function exchange({ queued = false, destroyed = false } = {}) {
  const socket = new FakeSocket();
  socket.destroyed = destroyed;
  const response = new FakeResponse(queued ? null : socket);
  const request = { socket } as unknown as IncomingMessage;
  return { socket, response, delivery: new Delivery(request, response as unknown as ServerResponse) };
}

test("an answer is handed over once the socket takes it, and a later end of the connection means nothing", async () => {
  const { socket, response, delivery } = exchange();
  assert.equal(await delivery.send(200, "{}"), true);
  assert.deepEqual(response.written, ["200", "{}"]);
  socket.emit("close");
  assert.equal(delivery.signal.aborted, false);
});

test("a connection that is kept collects no listeners", async () => {
  const { socket, delivery } = exchange();
  assert.equal(socket.listenerCount("close"), 1);
  await delivery.send(200, "{}");
  assert.equal(socket.listenerCount("close"), 0);
  const lost = exchange();
  lost.socket.emit("close");
  assert.equal(lost.socket.listenerCount("close"), 0);
});

test("nothing is written to a socket that is closed, was closed before, or is ending", async () => {
  const closed = exchange();
  closed.socket.emit("close");
  const before = exchange({ destroyed: true });
  const ending = exchange();
  ending.socket.writable = false;
  for (const { delivery, response } of [closed, before, ending]) {
    assert.equal(await delivery.send(200, "{}"), false);
    assert.deepEqual(response.written, []);
    assert.equal(delivery.signal.aborted, true);
  }
});

test("a queued answer is written when its turn comes", async () => {
  const { socket, response, delivery } = exchange({ queued: true });
  const sent = delivery.send(200, "{}");
  assert.deepEqual(response.written, []);
  response.assign(socket);
  assert.equal(await sent, true);
});

test("a queued answer whose turn never comes is lost with the connection of its request", async () => {
  const { socket, response, delivery } = exchange({ queued: true });
  const sent = delivery.send(200, "{}");
  socket.emit("close");
  assert.equal(await sent, false);
  assert.deepEqual(response.written, []);
});

test("after stop another answer may still be sent; after abandon none", async () => {
  const stopped = exchange();
  stopped.delivery.stop(new AppError("DeadlineExceeded", "too late"));
  assert.equal(stopped.delivery.signal.aborted, true);
  assert.equal(await stopped.delivery.send(200, "refused"), true);
  const abandoned = exchange();
  abandoned.delivery.abandon(new AppError("Aborted", "shutting down"));
  assert.equal(await abandoned.delivery.send(200, "{}"), false);
});

test("the last answer of a connection says so", async () => {
  const { response, delivery } = exchange();
  await delivery.send(200, "{}", "close");
  assert.deepEqual(response.headers, ["connection: close"]);
});
