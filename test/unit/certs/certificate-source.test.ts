import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedCertificate } from "#certs/certificate-source.ts";

test("a fixed certificate is always the same pair and never reports a change", async () => {
  const pair = { cert: "c", key: "k" };
  const source = fixedCertificate(pair);
  let told = 0;
  const end = source.onChange(() => (told += 1));
  end();
  await source.close();
  assert.equal(source.current(), pair);
  assert.equal(told, 0);
});
