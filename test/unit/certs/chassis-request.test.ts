import assert from "node:assert/strict";
import { createPublicKey, createPrivateKey } from "node:crypto";
import { test } from "node:test";
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
