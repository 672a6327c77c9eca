import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned, writeCertificateFiles } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";

const pair = await selfSigned(["localhost", "::1"], { validityMs: 60_000, clock: systemClock, randomBytes });

test("the pair verifies against the authority that comes with it", () => {
  const certificate = new X509Certificate(pair.cert);
  const ca = new X509Certificate(pair.ca);
  assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  assert.equal(certificate.checkHost("localhost"), "localhost");
});

test("the files are written whole, the key for its owner only, and again over old ones", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "self-signed-"));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, "certs");
  await writeCertificateFiles(folder, { cert: "old", key: "old", ca: "old" });
  await writeCertificateFiles(folder, pair);
  assert.deepEqual((await readdir(folder)).toSorted(), ["ca.crt", "tls.crt", "tls.key"]);
  assert.equal(await readFile(join(folder, "tls.crt"), "utf8"), pair.cert);
  assert.equal(await readFile(join(folder, "tls.key"), "utf8"), pair.key);
  assert.equal((await stat(join(folder, "tls.key"))).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, "ca.crt"))).mode & 0o777, 0o644);
});
