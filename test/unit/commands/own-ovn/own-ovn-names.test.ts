import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { memberNames, nodeAccountOf, ownOvnNames } from "#src/commands/own-ovn/own-ovn-names.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { root } from "#tools/source-files.ts";

const namespace = "ovn4nfv-system";
const text = (path: string): string => readFileSync(join(root, path), "utf8");

test("the manifests mount and allow the Secrets that the keeper makes", () => {
  const rights = text("deploy/ovn/rbac/certificates.yaml");
  for (const name of Object.values(ownOvnNames)) assert.ok(rights.includes(name), name);
  const central = text("deploy/ovn/central.yaml");
  for (const name of [ownOvnNames.northboundServer, ownOvnNames.southboundServer]) {
    assert.ok(central.includes(`secretName: ${name},`), name);
  }
  assert.ok(
    text("deploy/components/northbound-tls/kustomization.yaml").includes(`secretName: ${ownOvnNames.northboundClient}`),
  );
  assert.ok(text("deploy/ovn/rbac/host.yaml").includes(ownOvnNames.southboundAuthority));
});

test("the certificates have the name by which the overlay finds the database", () => {
  const [first] = memberNames(namespace);
  const overlay = text("deploy/overlays/with-ovn/kustomization.yaml");
  assert.ok(overlay.includes(`value: ssl:${first}:6641`));
  assert.ok(overlay.includes(`value: ${first}\n`));
});

test("only the pods of nodes may ask for certificates of chassis", () => {
  const host = readManifests("deploy/ovn/host.yaml").find(({ kind }) => kind === "DaemonSet");
  const account = JSON.stringify(host).match(/"serviceAccountName":"([^"]+)"/)?.[1] ?? "";
  assert.equal(nodeAccountOf(namespace), `system:serviceaccount:${namespace}:${account}`);
});
