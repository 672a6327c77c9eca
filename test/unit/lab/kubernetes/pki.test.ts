import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { TestAuthority } from "#lab/kubernetes/pki.ts";

describe("the tests' certificate authority", () => {
  it("issues certificates that node:crypto verifies, with groups and names", async () => {
    const authority = await TestAuthority.create("lab");
    const pair = await authority.issue({
      commonName: "jane",
      organizations: ["dev", "ops"],
      dnsNames: ["a.svc"],
      addresses: ["127.0.0.1"],
    });
    const leaf = new X509Certificate(pair.certificate);
    const root = new X509Certificate(authority.certificate);
    assert.ok(leaf.checkIssued(root) && leaf.verify(root.publicKey) && root.ca);
    assert.ok(leaf.checkPrivateKey(createPrivateKey(pair.key)));
    assert.equal(leaf.subject, "O=dev\nO=ops\nCN=jane");
    assert.equal(leaf.subjectAltName, "DNS:a.svc, IP Address:127.0.0.1");
  });
});
