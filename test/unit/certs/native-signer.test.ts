import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { test } from "node:test";
import forge from "node-forge";
import { nativeSigner } from "#certs/native-signer.ts";

test("the signature is the one that forge would have made", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: "spki", format: "pem" }) as string);
  certificate.serialNumber = "01ff";
  certificate.validity.notBefore = new Date(0);
  certificate.validity.notAfter = new Date(2 ** 40);
  certificate.setSubject([{ name: "commonName", value: "self" }]);
  certificate.setIssuer([{ name: "commonName", value: "self" }]);
  certificate.sign(nativeSigner(key), forge.md.sha256.create());
  const ours = forge.pki.certificateToPem(certificate);
  assert.equal(new X509Certificate(ours).verify(publicKey), true);
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  assert.equal(ours, forge.pki.certificateToPem(certificate));
});
