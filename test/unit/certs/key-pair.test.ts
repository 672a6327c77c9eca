import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseKeyPair } from "#certs/key-pair.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const pair = await selfSigned(["a.svc"], { validityMs: 60_000, clock: systemClock, randomBytes });
const otherKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });

test("a pair that belongs together is parsed to its leaf, also with a chain behind it", () => {
  const chain = parseKeyPair({ cert: pair.cert + pair.ca, key: pair.key });
  assert.equal(chain.certificate.checkHost("a.svc"), "a.svc");
});

const wrong = [
  ["a key of another certificate", { ...pair, key: otherKey.toString() }, /does not belong/],
  ["half a certificate", { ...pair, cert: pair.cert.slice(0, 400) }, /certificate is not PEM/],
  ["an empty certificate", { ...pair, cert: "" }, /certificate is not PEM/],
  ["half a key", { ...pair, key: pair.key.slice(0, 400) }, /private key is not PEM/],
  ["the authority before the leaf", { ...pair, cert: pair.ca + pair.cert }, /does not belong/],
] as const;

for (const [name, files, message] of wrong) {
  test(`${name} is refused, and the message does not quote the key`, () => {
    assert.throws(
      () => parseKeyPair(files),
      (error) => error instanceof AppError && message.test(error.message) && !/BEGIN|MII/.test(error.message),
    );
  });
}
