import assert from "node:assert/strict";
import { test } from "node:test";
import { isCniVersionAtLeast, isCniCommand, isCniVersion, printVersions } from "#cni/contract/commands.ts";

test("VERSION answers with the version that was asked with and every version spoken", () => {
  const expected = { cniVersion: "0.4.0", supportedVersions: ["0.3.1", "0.4.0", "1.0.0", "1.1.0"] };
  assert.deepEqual(JSON.parse(printVersions("0.4.0")), expected);
});

test("versions are ordered by age, not by text", () => {
  assert.equal(isCniVersionAtLeast("1.1.0", "0.4.0"), true);
  assert.equal(isCniVersionAtLeast("0.4.0", "0.4.0"), true);
  assert.equal(isCniVersionAtLeast("0.3.1", "0.4.0"), false);
});

test("names that every object has are neither command nor version", () => {
  assert.equal(isCniCommand("constructor"), false);
  assert.equal(isCniCommand("ADD"), true);
  assert.equal(isCniVersion("toString"), false);
});
