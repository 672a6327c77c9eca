import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { silentProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { GoBuilder } from "#tools/programs/go-build.ts";
import { ensureKubernetes, newestPatches } from "#tools/programs/kubernetes-versions.ts";

describe("the versions of Kubernetes", () => {
  it("are the newest release of each minor version, and nothing before a release", () => {
    const listed =
      "k8s.io/kubernetes v0.2.0 v1.31.9 v1.32.2 v1.32.10 v1.32.9 v1.33.0 v1.34.0-rc.1 v1.37.2 v1.37.10-alpha.1";
    assert.deepEqual(newestPatches(listed, 32), ["v1.32.10", "v1.33.0", "v1.37.2"]);
  });

  it("are built once, each into a folder that can be the assets of a control plane", async () => {
    using folder = createTemporaryFolder("test");
    const built: string[] = [];
    const build: GoBuilder = (module, jobs) => {
      built.push(`${module.version} ${module.stagingVersion ?? ""}`);
      for (const { name, output } of jobs) writeFileSync(output, name);
      return Promise.resolve();
    };
    const options = { env: { XDG_CACHE_HOME: folder.path }, build, progress: silentProgress };
    const [assets] = await Promise.all([ensureKubernetes("v1.37.2", options), ensureKubernetes("v1.37.2", options)]);
    assert.equal(assets, join(folder.path, "ovn4nfv/kubernetes/v1.37.2"));
    assert.deepEqual(readdirSync(assets), ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"]);
    assert.deepEqual(built, ["v1.37.2 v0.37.2"]);
  });
});
