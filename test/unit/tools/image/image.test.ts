import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { writeImage } from "#tools/image/image.ts";

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

interface DockerManifest {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

describe("an image archive", () => {
  const files = [{ kind: "folder", path: "bin" } as const];
  const { archive, digest } = writeImage({ name: "lab.local/a:1", files, command: ["/a"] });
  const extract = (path: string) => spawnSync("tar", ["-xO", path], { input: archive }).stdout;
  const [manifest] = JSON.parse(extract("manifest.json").toString()) as DockerManifest[];
  assert.ok(manifest);
  const config = extract(manifest.Config);
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const { manifests } = JSON.parse(extract("index.json").toString()) as { readonly manifests: readonly Descriptor[] };

  it("names its parts by their digests", () => {
    const layer = sha256(extract(manifest.Layers[0] ?? ""));
    assert.deepEqual(manifest.Layers, [`blobs/sha256/${layer}`]);
    assert.equal(manifest.Config, `blobs/sha256/${sha256(config)}`);
    const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids: readonly string[] } };
    assert.deepEqual(rootfs.diff_ids, [`sha256:${layer}`]);
  });

  it("has one manifest, whose digest is that of the image, under its tag and under its digest", () => {
    const bytes = extract(`blobs/${digest.replace(":", "/")}`);
    assert.equal(digest, `sha256:${sha256(bytes)}`);
    assert.deepEqual(
      manifests.map((one) => [one.digest, one.size, one.annotations["io.containerd.image.name"]]),
      [
        [digest, bytes.length, "lab.local/a:1"],
        [digest, bytes.length, `lab.local/a@${digest}`],
      ],
    );
    const { layers } = JSON.parse(bytes.toString()) as { readonly layers: readonly Descriptor[] };
    assert.deepEqual(
      layers.map((one) => [`blobs/${one.digest.replace(":", "/")}`]),
      [manifest.Layers],
    );
  });

  it("stands under the whole name that a node looks for", () => {
    const nameOf = (name: string) => {
      const written = writeImage({ name, files }).archive;
      const text = spawnSync("tar", ["-xO", "index.json"], { input: written }).stdout.toString();
      const index = JSON.parse(text) as { readonly manifests: readonly Descriptor[] };
      return index.manifests[0]?.annotations["io.containerd.image.name"];
    };
    assert.equal(nameOf("ovn4nfv:0.1.0"), "docker.io/library/ovn4nfv:0.1.0");
    assert.equal(nameOf("someone/a:1"), "docker.io/someone/a:1");
    assert.equal(nameOf("localhost:5000/a:1"), "localhost:5000/a:1");
  });

  it("carries name and command", () => {
    assert.deepEqual(manifest.RepoTags, ["lab.local/a:1"]);
    assert.deepEqual((JSON.parse(config.toString()) as { config: { Cmd: readonly string[] } }).config.Cmd, ["/a"]);
  });
});
