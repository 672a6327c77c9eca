import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { buildFolder, buildTogether } from "#tools/manifest/kustomize.ts";
import { parseManifests } from "#tools/manifest/manifests.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { installManifestPath, printInstallManifest } from "#tools/manifest/install-manifest-text.ts";
import { root } from "#tools/source-files.ts";

describe("the manifests", { skip: whyToolsAreMissing(["kubectl"]) }, () => {
  it("are in install.yaml as they are in the overlay; `npm run manifest` writes it", async () => {
    assert.equal(readFileSync(`${root}/${installManifestPath}`, "utf8"), await printInstallManifest());
  });

  for (const folder of globSync("deploy/{overlays/*,uninstall,monitoring}/kustomization.yaml", { cwd: root }).map(
    dirname,
  )) {
    it(`of ${folder} can be built`, async () => {
      assert.match(await buildFolder(folder), /^kind: /m);
    });
  }

  it("of the component apparmor can be built, and name the profile", async () => {
    const pod = (await buildComponent("apparmor"))?.["spec"] as { readonly template: { readonly spec: object } };
    assert.match(
      JSON.stringify(pod.template.spec),
      /"appArmorProfile":\{"localhostProfile":"ovn4nfv-agent","type":"Localhost"\}/,
    );
  });

  it("of the component agent-loopback let agents listen on loopback, where their probes then ask", async () => {
    const text = JSON.stringify(await buildComponent("agent-loopback"));
    assert.match(text, /"args":\["agent","--token-public-keys=[^"]*","--operations-listen=127\.0\.0\.1:9440"\]/);
    assert.equal(text.match(/"host":"127\.0\.0\.1"/g)?.length, 2);
  });
});

/** The DaemonSet of the agent as the base and a component make it. */
async function buildComponent(name: string): Promise<KubeObject | undefined> {
  const built = await buildTogether({ resources: ["base"], components: [`components/${name}`] });
  return parseManifests(built).find(({ kind }) => kind === "DaemonSet");
}
