import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { bundle, readBundle } from "#tools/build/bundle.ts";
import type { SourceChange } from "#tools/build/changed-sources.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("a build with changed sources", () => {
  const folder = createTemporaryFolder("build");
  after(() => {
    folder.remove();
  });
  const product = join(folder.path, "product");
  const build = (change: SourceChange) => bundle({ folder: product, changes: [change] });

  it("has the new text instead of the old one, in a folder of its own", async () => {
    await build({ path: "src/net/mac.ts", from: '"0a:58"', to: '"0e:5a"' });
    const text = [...(await readBundle(product)).values()].join("\n");
    assert.match(text, /defaultMacPrefix="0e:5a"/);
    assert.doesNotMatch(text, /defaultMacPrefix="0a:58"/);
  });

  it("fails for a text that the source does not have, and for a source that is no part of it", async () => {
    const unknown = { path: "src/net/mac.ts", from: "nothing like it", to: "" };
    await assert.rejects(build(unknown), /src\/net\/mac\.ts does not have: nothing like it/);
    await assert.rejects(build({ ...unknown, path: "src/net/mad.ts" }), /src\/net\/mad\.ts is no part of the build/);
  });
});
