import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { createTokenSigner } from "#src/tokens/token.ts";
import { encodeSecretData } from "#src/kube/client/object-data.ts";
import { newTokenKey, printPublicKey, readKeyRing, readPublishedKeys } from "#src/tokens/key-ring.ts";

const now = Date.UTC(2026, 0, 1);
const object = (data?: object) => ({ metadata: { name: "o", uid: "u", resourceVersion: "1" }, data });
const isInvalid = (error: unknown): boolean => error instanceof AppError && error.code === "ConfigInvalid";

test("a new key comes back from its Secret, under the id that its tokens name", async () => {
  const { kid, entries } = await newTokenKey(now);
  const ring = readKeyRing(object(encodeSecretData({ ...entries, signing: kid })));
  const key = ring?.keys.get(kid);
  assert.ok(key !== undefined);
  assert.deepEqual([ring?.signing, key.createdAtMs], [kid, now]);
  assert.equal((await createTokenSigner(key.privateKey)).kid, kid);
});

test("no new key has an id that a command line takes for a flag", async () => {
  // Without a rule one id in 64 would begin with a dash.
  for (let n = 0; n < 1_000; n += 1) assert.match((await newTokenKey(now)).kid, /^\w/);
});

test("the public part of a key is published, and nothing else", async () => {
  const { kid, entries } = await newTokenKey(now);
  const { privateKey } = readKeyRing(object(encodeSecretData({ ...entries, signing: kid })))?.keys.get(kid) ?? {};
  assert.ok(privateKey !== undefined);
  const text = printPublicKey(privateKey);
  assert.doesNotMatch(text, /PRIVATE/);
  const published = readPublishedKeys(object({ [`${kid}.pem`]: text, README: "of somebody" }));
  assert.deepEqual([...published.keys()], [kid]);
  assert.ok(published.get(kid)?.equals((await createTokenSigner(privateKey)).publicKey));
});

test("an empty Secret has no keys yet, one that holds something else is not overwritten", async () => {
  assert.equal(readKeyRing(object()), undefined);
  assert.throws(() => readKeyRing(object(encodeSecretData({ "current.pem": "x" }))), isInvalid);
  const { entries } = await newTokenKey(now);
  assert.throws(() => readKeyRing(object(encodeSecretData({ ...entries, signing: "another" }))), isInvalid);
});

test("a key of another kind is refused by its name", () => {
  const pem = generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" });
  assert.throws(() => readPublishedKeys(object({ "abc.pem": pem })), /o: abc is not an Ed25519 key/);
});

test("a key that was put there by hand has no age", async () => {
  const { kid, entries } = await newTokenKey(now);
  const { [`${kid}.pem`]: pem } = entries;
  const ring = readKeyRing(object(encodeSecretData({ [`${kid}.pem`]: pem, signing: kid })));
  assert.equal(ring?.keys.get(kid)?.createdAtMs, undefined);
});
