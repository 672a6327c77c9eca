import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createAuthority, issueServing } from "#certs/authority.ts";
import { printBundleChange, printSecret, readAuthority, readLeaf } from "#certs/stored-trust.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const options = { clock: systemClock, randomBytes, validityMs: 3_600_000 };
const authority = await createAuthority("a", options);
const leaf = await issueServing(authority, ["a.svc"], options);
const secret = (body: object) => ({ metadata: { name: "s", uid: "u", resourceVersion: "1" }, ...body });
const isInvalid = (error: unknown): boolean => error instanceof AppError && error.code === "ConfigInvalid";

test("an authority and its bundle come back from their Secret", () => {
  const { authority: read, bundle, certificate } = readAuthority(secret(printSecret(authority, authority.cert)));
  assert.deepEqual([read, bundle, certificate.subject], [authority, authority.cert, "CN=a"]);
});

test("a leaf comes back with the authority that signed it", () => {
  const { pair, ca } = readLeaf(secret(printSecret(leaf, authority.cert)));
  assert.deepEqual([pair.cert, pair.key, ca], [leaf.cert, leaf.key, authority.cert]);
});

test("a change of the bundle leaves the pair alone", () => {
  assert.deepEqual(printBundleChange("x"), { data: { "ca.crt": "eA==" } });
});

test("a leaf is no authority, and half a pair is no leaf", () => {
  assert.throws(() => readAuthority(secret(printSecret(leaf, ""))), isInvalid);
  assert.throws(() => readLeaf(secret(printSecret({ cert: leaf.cert, key: authority.key }, ""))), isInvalid);
  assert.throws(() => readLeaf(secret({})), isInvalid);
});
