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

test("strings of JSON lose the values of secrets in them, and stay as they were without any", () => {
  const config = '{ "type": "whereabouts", "etcd_password": "hunter2", "plugins": [{ "apiKey": "x" }] }';
  const { spec } = redactValue({ spec: { config } }) as { readonly spec: { readonly config: string } };
  assert.deepEqual(JSON.parse(spec.config), {
    type: "whereabouts",
    etcd_password: "(redacted)",
    plugins: [{ apiKey: "(redacted)" }],
  });
  const plain = '{ "type": "macvlan",  "mtu": 1400 }';
  assert.equal(redactValue(plain), plain);
  for (const text of ["[".repeat(100_000), "{ no JSON", "[eth0]"]) assert.equal(redactValue(text), text);
});

test("names of keys are names of secrets, and a key of a map is not", () => {
  const env = [
    { name: "AWS_ACCESS_KEY_ID", value: "AKIAIOSFODNN7EXAMPLE" },
    { name: "AWS_SESSION_TOKEN", value: "x" },
    { name: "ENCRYPTION_KEY", value: "x" },
    { name: "KEYBOARD", value: "de" },
  ];
  const redacted = redactValue({ env, data: { "tls.key": "x", accessKeyId: "x" }, tolerations: [{ key: "a" }] });
  assert.deepEqual(redacted, {
    env: env.map(({ name, value }) => ({ name, value: name === "KEYBOARD" ? value : "(redacted)" })),
    data: { "tls.key": "(redacted)", accessKeyId: "(redacted)" },
    tolerations: [{ key: "a" }],
  });
});

test("what stands around secrets stays, and so do texts that only look like them", () => {
  assert.equal(redactText(`v-${jwt}.next ${jwt}`), "v-(token).next (token)");
  for (const text of [
    "eyJ",
    "eyJhbGciOiJFZERTQSJ9.eyJ",
    "a.b.c",
    "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
  ]) {
    assert.equal(redactText(text), text);
  }
  assert.equal(redactText('-----BEGIN PRIVATE KEY-----\\nMC4"more'), '(private key)"more');
  assert.equal(redactText("postgres://user:hunter2@db/x"), "postgres://(credentials)@db/x");
});

test("a text that was made to take long is read in the time that its length needs", () => {
  const repeated = [
    "-----BEGIN PRIVATE KEY-----",
    "eyJ-",
    "eyJaaaaaaaa.",
    "Bearer ",
    "http://a:",
    "://a:b",
    "-----BEGIN AAAA",
  ];
  const secondsOf = (text: string): number => {
    const startedMs = performance.now();
    redactText(text);
    return (performance.now() - startedMs) / 1_000;
  };
  for (const part of repeated) {
    const seconds = secondsOf(part.repeat(Math.ceil(2_000_000 / part.length)));
    assert.ok(seconds < 30, `${part} took ${seconds.toString()} s`);
  }
});

test("repetitions inside an object are left out", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", kept: "yes" };
  assert.deepEqual(redactValue({ metadata: { managedFields: [], annotations } }), {
    metadata: { annotations: { kept: "yes" } },
  });
});
