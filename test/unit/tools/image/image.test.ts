import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { writeImage } from "#tools/image/image.ts";

interface Manifest {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

describe("an image archive", () => {
  const archive = writeImage({ name: "lab.local/a:1", files: [{ kind: "folder", path: "bin" }], command: ["/a"] });
  const extract = (path: string) => spawnSync("tar", ["-xO", path], { input: archive }).stdout;
  const [manifest] = JSON.parse(extract("manifest.json").toString()) as Manifest[];
  assert.ok(manifest);
  const config = extract(manifest.Config);

  it("names its parts by their digests", () => {
    const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    const layer = sha256(extract(manifest.Layers[0] ?? ""));
    assert.deepEqual(manifest.Layers, [`${layer}/layer.tar`]);
    assert.equal(manifest.Config, `${sha256(config)}.json`);
    const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids: readonly string[] } };
    assert.deepEqual(rootfs.diff_ids, [`sha256:${layer}`]);
  });

  it("carries name and command", () => {
    assert.deepEqual(manifest.RepoTags, ["lab.local/a:1"]);
    assert.deepEqual((JSON.parse(config.toString()) as { config: { Cmd: readonly string[] } }).config.Cmd, ["/a"]);
  });
});
