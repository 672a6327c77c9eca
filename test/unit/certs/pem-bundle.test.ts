import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createAuthority } from "#certs/authority.ts";
import { parseBundle, printBundle } from "#certs/pem-bundle.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const options = { clock: systemClock, randomBytes, validityMs: 3_600_000 };
const [a, b] = await Promise.all([createAuthority("a", options), createAuthority("b", options)]);

test("a bundle is read in its order, whatever stands between, and printed with each certificate once", () => {
  const read = parseBundle(`# ours\n${a.cert}\n${b.cert.trimEnd()}${a.cert}`);
  assert.deepEqual(
    read.map(({ subject }) => subject),
    ["CN=a", "CN=b", "CN=a"],
  );
  assert.equal(printBundle(read), a.cert + b.cert);
});

test("an empty text is an empty bundle", () => {
  assert.equal(printBundle(parseBundle("")), "");
});

test("a block that is no certificate is refused", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  assert.throws(
    () => parseBundle(broken),
    (error) => error instanceof AppError && error.code === "ConfigInvalid",
  );
});
