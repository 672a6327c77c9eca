import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
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
      const { kubectl } = await ensureTools(["kubectl"]);
      assert.match(await mustRun(kubectl, ["kustomize", `${root}/${folder}`]), /^kind: /m);
    });
  }
});
