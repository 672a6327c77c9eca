import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { readBody } from "#webhooks/server/body.ts";
import { Load } from "#webhooks/server/load-limit.ts";

const limits = { maxBodyBytes: 10, bodyTimeoutMs: 60_000 };

/** Reads a request, of which only the stream matters, with the limits above. */
function reading(take: (bytes: number) => boolean = () => true) {
  const stream = new PassThrough();
  const admission = { take, leave: () => undefined };
  return { stream, body: readBody(stream as unknown as IncomingMessage, admission, systemClock, limits) };
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
  const load = new Load({ maxRequests: 1, maxBodyBytes: 6 });
  const admission = load.enter();
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
  const admission = { take: () => true, leave: () => undefined };
  let strike = (): void => undefined;
  const clock = {
    ...systemClock,
    after: (_ms: number, fn: () => void) => {
      strike = fn;
      return () => undefined;
    },
  };
  const body = readBody(stream as unknown as IncomingMessage, admission, clock, limits);
  stream.write("12");
  strike();
  assert.deepEqual(await body, { kind: "rejected", rejection: "BodyTimeout" });
  assert.equal(stream.listenerCount("data"), 0);
});
