import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { type Authority, createAuthority, issueClient, issueServing, loadAuthority } from "#certs/authority.ts";
import type { CertificateNames } from "#certs/certificate-writer.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const now = Date.UTC(2026, 0, 15, 12);
const dayMs = 86_400_000;
const options = (days: number) => ({
  validityMs: days * dayMs,
  clock: { ...systemClock, now: () => now },
  randomBytes,
});

const authority: Authority = await createAuthority("ovn4nfv-test-ca", options(365));
const names: CertificateNames = [
  "ovn4nfv-webhook.ovn4nfv.svc",
  "ovn4nfv-webhook.ovn4nfv.svc.cluster.local",
  "10.0.0.7",
  "fd00::7",
];
const leaf = await issueServing(authority, names, options(30));
const parsed = new X509Certificate(leaf.cert);
const ca = new X509Certificate(authority.cert);

test("the authority may sign certificates, and signed itself", () => {
  assert.equal(ca.ca, true);
  assert.equal(ca.subject, "CN=ovn4nfv-test-ca");
  assert.ok(ca.verify(ca.publicKey));
  assert.ok(ca.checkIssued(ca));
});

test("a serving certificate is the authority's, is none itself, and serves TLS servers only", () => {
  assert.ok(parsed.checkIssued(ca));
  assert.ok(parsed.verify(ca.publicKey));
  assert.equal(parsed.ca, false);
  assert.deepEqual(parsed.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(parsed.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
});

test("a client's certificate has its name and serves clients only", async () => {
  const client = new X509Certificate((await issueClient(authority, "kube-apiserver", options(1))).cert);
  assert.equal(client.subject, "CN=kube-apiserver");
  assert.deepEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
});

test("every name is an alternative name of its kind, and no other name is accepted", () => {
  for (const name of names.slice(0, 2)) assert.equal(parsed.checkHost(name), name);
  assert.equal(parsed.checkIP("10.0.0.7"), "10.0.0.7");
  assert.ok(parsed.subjectAltName?.includes("IP Address:FD00:0:0:0:0:0:0:7"), parsed.subjectAltName);
  assert.equal(parsed.checkHost("other.ovn4nfv.svc"), undefined);
  assert.equal(parsed.checkIP("10.0.0.8"), undefined);
});

test("it begins five minutes ago and ends after its validity", () => {
  assert.equal(parsed.validFromDate.getTime(), now - 5 * 60_000);
  assert.equal(parsed.validToDate.getTime(), now + 30 * dayMs);
});

test("it never outlives its authority", async () => {
  const long = await issueServing(authority, ["a.svc"], options(4_000));
  assert.equal(new X509Certificate(long.cert).validToDate.getTime(), ca.validToDate.getTime());
});

test("a first name that is too long for a common name is an alternative name all the same", async () => {
  const label = "x".repeat(60);
  const long = await issueServing(authority, [`${label}.${label}.svc`], options(1));
  const certificate = new X509Certificate(long.cert);
  assert.equal(certificate.subject, "CN=ovn4nfv");
  assert.equal(certificate.checkHost(`${label}.${label}.svc`), `${label}.${label}.svc`);
});

test("serial numbers are random, positive and not zero", async () => {
  const zeros = { ...options(1), randomBytes: (size: number) => Buffer.alloc(size) };
  const ones = { ...options(1), randomBytes: (size: number) => Buffer.alloc(size, 0xff) };
  const [low, high] = await Promise.all([issueServing(authority, ["a"], zeros), issueServing(authority, ["a"], ones)]);
  assert.equal(new X509Certificate(low.cert).serialNumber, `01${"00".repeat(15)}`);
  assert.equal(new X509Certificate(high.cert).serialNumber, `7F${"FF".repeat(15)}`);
  assert.notEqual(parsed.serialNumber, ca.serialNumber);
});

test("a stored authority signs again; the old leaf and the new one verify against the same certificate", async () => {
  const stored = loadAuthority({ cert: authority.cert, key: authority.key });
  const next = new X509Certificate((await issueServing(stored, ["b.svc"], options(30))).cert);
  assert.ok(next.checkIssued(ca) && next.verify(ca.publicKey));
  assert.notEqual(next.fingerprint256, parsed.fingerprint256);
});

const isConfigInvalid = (error: unknown): boolean => error instanceof AppError && error.code === "ConfigInvalid";

test("what is no authority, or has another's key, is not taken up", () => {
  assert.throws(() => loadAuthority(leaf), isConfigInvalid);
  assert.throws(() => loadAuthority({ cert: authority.cert, key: leaf.key }), isConfigInvalid);
});

test("an authority whose key is another's cannot issue", async () => {
  await assert.rejects(issueServing({ ...authority, key: leaf.key }, ["a"], options(1)), isConfigInvalid);
});

test("names are UTF8String, as Go refuses a certificate with an @ in a PrintableString", async () => {
  const name = "ovn4nfv-ca@2026";
  const stamped = await createAuthority(name, options(365));
  const signed = new X509Certificate((await issueServing(stamped, ["*.example"], options(30))).cert);
  const utf8String = (text: string) => Buffer.from([0x0c, text.length, ...Buffer.from(text)]);
  assert.ok(new X509Certificate(stamped.cert).raw.includes(utf8String(name)));
  assert.ok(signed.raw.includes(utf8String(name)));
  assert.ok(signed.raw.includes(utf8String("*.example")));
});
