import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { BundleFolder } from "#src/commands/support/bundle-folder.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("the folder of a support bundle", () => {
  it("is new, and for its owner only", async () => {
    using folder = createTemporaryFolder("bundle");
    const path = join(folder.path, "support");
    await BundleFolder.create(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    await assert.rejects(BundleFolder.create(path), { code: "ConfigInvalid" });
  });

  it("keeps texts as they are and all else as YAML, without what is secret in either", async () => {
    using folder = createTemporaryFolder("bundle");
    const bundle = await BundleFolder.create(join(folder.path, "support"));
    const read = (file: string): string => readFileSync(join(bundle.path, file), "utf8");
    await bundle.add("logs/webhook.log", () => Promise.resolve("asked with Bearer abcdefghijklmnop\n"));
    await bundle.add("cluster/pods.yaml", () => Promise.resolve({ data: { password: "hunter2", mtu: "1400" } }));
    assert.equal(read("logs/webhook.log"), "asked with Bearer (token)\n");
    assert.equal(read("cluster/pods.yaml"), 'data:\n  password: (redacted)\n  mtu: "1400"\n');
    assert.equal(bundle.files, 2);
    assert.equal(statSync(join(bundle.path, "cluster/pods.yaml")).mode & 0o777, 0o600);
  });

  it("notes what could not be read, without secrets, and goes on", async () => {
    using folder = createTemporaryFolder("bundle");
    const bundle = await BundleFolder.create(join(folder.path, "support"));
    await bundle.add("a.yaml", () => Promise.reject(new Error("refused: Bearer abcdefghijklmnop")));
    await bundle.add("b.yaml", () => Promise.resolve("b"));
    assert.deepEqual(bundle.missing, [{ file: "a.yaml", why: "refused: Bearer (token)" }]);
    assert.equal(bundle.files, 1);
  });
});
