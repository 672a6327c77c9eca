import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { type CertificateNames, printCertificate } from "#certs/certificate-writer.ts";

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const [signing, own] = [pair(), pair()];
const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2026-02-01T00:00:00Z") };
const authority = printCertificate(
  { kind: "authority", commonName: "ca of tests", serial: "0a", publicKey: signing.publicKey, ...validity },
  signing.privateKey,
);
const leaf = (kind: "serving" | "client", names: CertificateNames): X509Certificate =>
  new X509Certificate(
    printCertificate(
      { kind, names, serial: "0b", publicKey: own.publicKey, ...validity },
      signing.privateKey,
      authority,
    ),
  );

describe("printCertificate", () => {
  it("signs an authority by itself, which may sign leaves", () => {
    const read = new X509Certificate(authority);
    assert.ok(read.ca && read.verify(read.publicKey));
    assert.deepEqual([read.subject, read.issuer, read.serialNumber], ["CN=ca of tests", "CN=ca of tests", "0A"]);
    assert.deepEqual([new Date(read.validFrom), new Date(read.validTo)], [validity.notBefore, validity.notAfter]);
  });

  it("names a leaf by DNS names and addresses, under the authority and with the key that it was given", () => {
    const read = leaf("serving", ["web.svc", "10.0.0.7", "fd00::7"]);
    const ca = new X509Certificate(authority);
    assert.ok(read.checkIssued(ca) && read.verify(ca.publicKey) && !read.ca);
    assert.equal(read.subjectAltName, "DNS:web.svc, IP Address:10.0.0.7, IP Address:FD00:0:0:0:0:0:0:7");
    assert.equal(read.publicKey.export({ type: "spki", format: "pem" }), own.publicKey);
  });

  it("lets a leaf prove a server or a client, never both", () => {
    assert.deepEqual(leaf("serving", ["web.svc"]).keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.deepEqual(leaf("client", ["web"]).keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  });

  it("takes as common name the first name that is short enough, and its own when none is", () => {
    const long = `${"a".repeat(63)}.svc`;
    assert.equal(leaf("serving", [long, "web.svc"]).subject, "CN=web.svc");
    const nameless = leaf("serving", [long]);
    assert.equal(nameless.subject, "CN=ovn4nfv");
    assert.equal(nameless.subjectAltName, `DNS:${long}`);
  });
});
