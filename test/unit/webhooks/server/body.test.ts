import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { peerParts } from "#test/fixtures/webhooks/peer-parts.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { readBody } from "#webhooks/server/body.ts";

const limits = { maxBodyBytes: 10, bodyTimeoutMs: 60_000 };

const noTurn = { wait: () => assert.fail("a small body waits for no turn") };

/** Reads a request, of which only the stream matters, with the limits above. */
function reading(take: (bytes: number) => boolean = () => true) {
  const stream = new PassThrough();
  return { stream, body: readBody(stream as unknown as IncomingMessage, { take }, noTurn, systemClock, limits) };
}

test("a character that is split between two packets stays whole", async () => {
  const { stream, body } = reading();
  const bytes = Buffer.from("aé🐟");
  stream.write(bytes.subarray(0, 2));
  stream.end(bytes.subarray(2));
  assert.deepEqual(await body, { kind: "complete", bytes: Buffer.from("aé🐟") });
});

test("a body of exactly the limit is read; one byte more is read to its end and rejected", async () => {
  const fits = reading();
  fits.stream.end("x".repeat(10));
  assert.deepEqual(await fits.body, { kind: "complete", bytes: Buffer.from("x".repeat(10)) });
  const large = reading();
  large.stream.write("x".repeat(11));
  large.stream.end("more");
  assert.deepEqual(await large.body, { kind: "rejected", rejection: "BodyTooLarge" });
});

test("no body at all is an empty one, which no parser takes for a review", async () => {
  const { stream, body } = reading();
  stream.end();
  assert.deepEqual(await body, { kind: "complete", bytes: Buffer.of() });
});

test("bytes for which there is no memory are not kept", async () => {
  const { load } = peerParts({ limits: { maxRequests: 1, maxBodyBytes: 8 } });
  const admission = load.enter("a", () => undefined);
  assert.ok(admission);
  const { stream, body } = reading(admission.take);
  stream.write("12345");
  stream.end("67890");
  assert.deepEqual(await body, { kind: "rejected", rejection: "Overloaded" });
});

test("a peer that goes away, politely or with an error, leaves nobody to answer", async () => {
  for (const error of [undefined, new Error("ECONNRESET")]) {
    const { stream, body } = reading();
    stream.write("12");
    stream.destroy(error);
    assert.deepEqual(await body, { kind: "gone" });
  }
});

test("a body that takes too long is rejected, and what comes later is not listened to", async () => {
  const stream = new PassThrough();
  let strike = (): void => undefined;
  const clock = {
    ...systemClock,
    after: (_ms: number, fn: () => void) => {
      strike = fn;
      return () => undefined;
    },
  };
  const body = readBody(stream as unknown as IncomingMessage, { take: () => true }, noTurn, clock, limits);
  stream.write("12");
  strike();
  assert.deepEqual(await body, { kind: "rejected", rejection: "BodyTimeout" });
  assert.equal(stream.listenerCount("data"), 0);
});

test("a large body is received only in its turn", async () => {
  const stream = new PassThrough();
  let begin = (): void => assert.fail("it did not wait");
  const turn = {
    wait: (itsTurn: () => void) => {
      begin = itsTurn;
    },
  };
  const request = stream as unknown as IncomingMessage;
  const large = { maxBodyBytes: 200_000, bodyTimeoutMs: 60_000 };
  const body = readBody(request, { take: () => true }, turn, systemClock, large);
  stream.write(Buffer.alloc(65_536));
  await settled();
  assert.equal(stream.isPaused(), false);
  stream.write(Buffer.alloc(1));
  stream.end(Buffer.alloc(100_000));
  await settled();
  assert.equal(stream.isPaused(), true);
  begin();
  const { kind } = await body;
  assert.equal(kind, "complete");
});
