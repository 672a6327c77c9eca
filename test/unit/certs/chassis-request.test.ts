import assert from "node:assert/strict";
import { createPublicKey, createPrivateKey } from "node:crypto";
import { test } from "node:test";
import forge from "node-forge";
import { makeChassisRequest, readChassisRequest } from "#certs/chassis-request.ts";
import { AppError } from "#src/core/errors.ts";

const { request, key } = await makeChassisRequest("node-1.example");

test("a request has the name of the node, and the public half of the key that stays there", () => {
  const read = readChassisRequest(request);
  assert.equal(read.name, "node-1.example");
  const half = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "pem" });
  assert.equal(read.publicKey, half);
  assert.doesNotMatch(request, /PRIVATE/);
});

test("a request that somebody changed, or that is none, is refused", () => {
  const body = Buffer.from(request.split("\n").slice(1, -2).join(""), "base64");
  const at = body.indexOf("node-1");
  body.write("node-2", at);
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${body.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  for (const pem of [changed, "", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]) {
    assert.throws(
      () => readChassisRequest(pem),
      (error) => error instanceof AppError && error.code === "ConfigInvalid",
    );
  }
});

/** A request with a key of so many bits and such an exponent. Nobody has the private key, so that the signature is none. */
function requestWith(bits: number, exponentBits: number): string {
  const number = (length: number) => new forge.jsbn.BigInteger((2n ** BigInt(length) - 1n).toString(16), 16);
  const csr = forge.pki.createCertificationRequest();
  csr.publicKey = forge.pki.setRsaPublicKey(number(bits), number(exponentBits));
  csr.setSubject([{ name: "commonName", value: "n1" }]);
  const signer = { sign: () => "\x01".repeat(bits / 8) };
  csr.sign(signer as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(csr);
}

test("a request whose key would take long to verify is refused before that", () => {
  for (const [bits, exponentBits] of [
    [8_200, 17],
    [2_048, 40],
  ] as const) {
    assert.throws(() => readChassisRequest(requestWith(bits, exponentBits)), {
      code: "ConfigInvalid",
      message: /the key of the request has more than 8192 bits, or an exponent of more than 32/,
    });
  }
  assert.throws(() => readChassisRequest(requestWith(8_192, 17)), { message: /no signed PKCS #10/ });
  assert.throws(() => readChassisRequest(requestWith(65_536, 17)), { message: /is longer than any/ });
});
