import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { GoBuilder } from "#tools/programs/go-build.ts";
import { silentProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

function recordingBuilder(): { build: GoBuilder; built: string[][] } {
  const built: string[][] = [];
  const build: GoBuilder = (module, jobs) => {
    built.push([module.path, ...jobs.map(({ name }) => name)]);
    for (const { name, output } of jobs) writeFileSync(output, name);
    return Promise.resolve();
  };
  return { build, built };
}

describe("the tool cache", () => {
  it("builds what is missing once, all programs of a module together", async () => {
    using folder = createTemporaryFolder("test");
    const env = { XDG_CACHE_HOME: folder.path };
    const { build, built } = recordingBuilder();
    const options = { env, build, progress: silentProgress };
    const names = ["etcd", "kubectl", "kubelet"] as const;
    const [paths] = await Promise.all([ensureTools(names, options), ensureTools(names, options)]);
    assert.deepEqual(built, [
      ["go.etcd.io/etcd/server/v3", "etcd"],
      ["k8s.io/kubernetes", "kubectl", "kubelet"],
    ]);
    assert.equal(paths.kubelet, join(folder.path, "ovn4nfv/kubelet/v1.34.4/kubelet"));
    assert.equal(readFileSync(paths.etcd, "utf8"), "etcd");
  });

  it("prefers KUBEBUILDER_ASSETS for what lies there", async () => {
    using folder = createTemporaryFolder("test");
    const assets = join(folder.path, "assets");
    mkdirSync(assets);
    writeFileSync(join(assets, "etcd"), "");
    const env = { XDG_CACHE_HOME: folder.path, KUBEBUILDER_ASSETS: assets };
    const { build, built } = recordingBuilder();
    const paths = await ensureTools(["etcd", "kubectl"], { env, build, progress: silentProgress });
    assert.equal(paths.etcd, join(assets, "etcd"));
    assert.deepEqual(built, [["k8s.io/kubernetes", "kubectl"]]);
  });

  it("gives a reason to skip where Go is missing, except in CI", () => {
    using folder = createTemporaryFolder("test");
    const env = { XDG_CACHE_HOME: folder.path, PATH: folder.path };
    assert.match(String(whyToolsAreMissing(["etcd"], env)), /^Go is not installed, and .* have no etcd$/);
    assert.equal(whyToolsAreMissing(["etcd"], { ...env, CI: "true" }), false);
  });
});
