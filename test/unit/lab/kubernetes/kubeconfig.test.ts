import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { printKubeconfig, printPlainKubeconfig } from "#lab/kubernetes/kubeconfig.ts";

describe("a kubeconfig", () => {
  it("is read by the client library as it was written", () => {
    const config = new KubeConfig();
    config.loadFromString(
      printKubeconfig("https://127.0.0.1:1", "authority", { key: "key", certificate: "certificate" }),
    );
    assert.equal(config.getCurrentCluster()?.server, "https://127.0.0.1:1");
    assert.equal(Buffer.from(config.getCurrentCluster()?.caData ?? "", "base64").toString(), "authority");
    assert.equal(Buffer.from(config.getCurrentUser()?.keyData ?? "", "base64").toString(), "key");
  });

  it("for a server in the clear names nobody", () => {
    const config = new KubeConfig();
    config.loadFromString(printPlainKubeconfig("http://127.0.0.1:1"));
    assert.equal(config.getCurrentCluster()?.server, "http://127.0.0.1:1");
    assert.equal(config.getCurrentUser()?.token, undefined);
  });
});
