import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { krewManifest } from "#tools/release/krew-manifest.ts";

interface KrewPlugin {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly version: string;
    readonly shortDescription: string;
    readonly platforms: readonly {
      readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
      readonly uri: string;
      readonly sha256: string;
      readonly bin: string;
      readonly files: readonly { readonly from: string }[];
    }[];
  };
}

test("each platform that has a shell gets the archive, and the file that kubectl starts is in it", () => {
  const uri = "https://example.org/kubectl-ovn4nfv-1.0.0.tar.gz";
  const { metadata, spec } = parse(krewManifest("1.0.0", uri, "ab")) as KrewPlugin;
  assert.equal(metadata.name, "ovn4nfv");
  assert.equal(spec.version, "v1.0.0");
  // Krew's index refuses longer ones.
  assert.ok(spec.shortDescription.length <= 50);
  assert.deepEqual(
    spec.platforms.map(({ selector }) => `${selector.matchLabels.os}/${selector.matchLabels.arch}`),
    ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"],
  );
  for (const platform of spec.platforms) {
    assert.deepEqual([platform.uri, platform.sha256], [uri, "ab"]);
    assert.ok(platform.files.some(({ from }) => from === platform.bin));
  }
});
