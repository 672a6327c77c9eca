import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { redactText, redactValue } from "#src/commands/support/redact.ts";

const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const jwt = "eyJhbGciOiJFZERTQSJ9.eyJpZCI6IjAxSkQifQ.c2lnbmF0dXJlLW9mLWl0";

test("private keys go out of a text, also where their lines are joined", () => {
  assert.equal(redactText(`a\n${pem}b`), "a\n(private key)\nb");
  assert.doesNotMatch(redactText(JSON.stringify({ key: pem })), /MC4CAQ/);
});

test("tokens, bearers and credentials in URLs go out, and everything else stays", () => {
  const text = `token ${jwt} and https://user:hunter2@proxy.example.org/ and Authorization: Bearer abcdefghijklmnop`;
  const redacted = redactText(text);
  assert.equal(
    redacted,
    "token (token) and https://(credentials)@proxy.example.org/ and Authorization: Bearer (token)",
  );
});

test("variables and keys with the name of a secret lose their value", () => {
  const env = [
    { name: "DB_PASSWORD", value: "hunter2" },
    { name: "OVN4NFV_NB", value: "tcp:192.0.2.1:6641" },
  ];
  assert.deepEqual(redactValue({ env, data: { "api-key": "hunter2", mtu: "1400" } }), {
    env: [
      { name: "DB_PASSWORD", value: "(redacted)" },
      { name: "OVN4NFV_NB", value: "tcp:192.0.2.1:6641" },
    ],
    data: { "api-key": "(redacted)", mtu: "1400" },
  });
});

test("repetitions inside an object are left out", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", kept: "yes" };
  assert.deepEqual(redactValue({ metadata: { managedFields: [], annotations } }), {
    metadata: { annotations: { kept: "yes" } },
  });
});
