import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { test } from "node:test";
import { processClock } from "../../../src/time/clock.ts";
import { OvsdbError } from "../../../src/errors/ovsdb-error.ts";
import { WriteGate } from "../../../src/connection/write-gate.ts";

/** A socket whose peer takes what was written only when told. */
function slowSocket() {
  const written: string[] = [];
  let take = (): void => {};
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      take = done;
    },
  });
  return {
    socket: stream as unknown as Socket,
    written,
    takeOne: () => {
      take();
    },
  };
}

function gated(maxQueuedBytes: number) {
  const slow = slowSocket();
  const gate = new WriteGate(slow.socket, processClock, maxQueuedBytes);
  const send = async (text: string): Promise<void> => {
    const room = gate.waitForRoom({});
    if (room === undefined) {
      gate.write(text);
      return;
    }
    await room;
    gate.write(text);
    gate.leave();
  };
  return { ...slow, gate, send };
}

test("while there is room, a write does not wait", () => {
  const { gate } = gated(10);
  assert.equal(gate.waitForRoom({}), undefined);
});

test("writers that wait are let in one by one, in order, as the socket takes what was before them", async () => {
  const { send, takeOne, written } = gated(1);
  const all = Promise.all(["one", "two", "three"].map(send));
  assert.deepEqual(written, ["one"]);
  for (const expected of [
    ["one", "two"],
    ["one", "two", "three"],
  ]) {
    takeOne();
    // The stream calls back in the next turn of the event loop, and the writer goes on in the one after.
    await new Promise(setImmediate);
    assert.deepEqual(written, expected);
  }
  await all;
});

test("nobody overtakes a writer that waits", async () => {
  const { send, takeOne, written } = gated(1);
  const first = [send("one"), send("two")];
  takeOne();
  const last = send("three");
  await Promise.all(first);
  assert.deepEqual(written, ["one", "two"]);
  takeOne();
  await last;
  assert.deepEqual(written, ["one", "two", "three"]);
});

test("a writer that gives up is forgotten, and the next one is let in", async () => {
  const { gate, send, takeOne, written } = gated(1);
  await send("one");
  const abort = new AbortController();
  const gaveUp = assert.rejects(Promise.resolve(gate.waitForRoom({ signal: abort.signal })), { code: "Aborted" });
  const next = send("two");
  abort.abort();
  await gaveUp;
  takeOne();
  await next;
  assert.deepEqual(written, ["one", "two"]);
});

test("when the connection ends, all who wait are refused with its error", async () => {
  const { gate, send } = gated(1);
  await send("one");
  const waiting = [send("two"), send("three")];
  gate.close(new OvsdbError("NotConnected", "over"));
  for (const promise of waiting) await assert.rejects(promise, { code: "NotConnected", message: "over" });
});
