import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metafile } from "esbuild";
import { bundledPackages } from "#tools/build/bundled-packages.ts";
import { printLicences } from "#tools/build/licences.ts";

function metafile(...paths: readonly string[]): Metafile {
  const inputs = Object.fromEntries(paths.map((path) => [path, { bytesInOutput: 1 }]));
  return { inputs: {}, outputs: { "dist/a.js": { bytes: 1, inputs, imports: [], exports: [] } } };
}

test("packages with and without a scope, packages within packages and our own are named once, by their folder", () => {
  const found = bundledPackages(
    metafile(
      "src/main.ts",
      "node_modules/zod/index.js",
      "node_modules/zod/v4/core.js",
      "node_modules/@a/b/lib/index.js",
      "node_modules/@a/b/node_modules/c/index.js",
      "packages/ovsdb-client/src/index.ts",
    ),
  );
  assert.deepEqual(found, [
    "node_modules/@a/b",
    "node_modules/@a/b/node_modules/c",
    "node_modules/zod",
    "packages/ovsdb-client",
  ]);
});

test("the licences have the text of each package, of the product and of Node, each under its name", async () => {
  const text = await printLicences(["node_modules/zod", "node_modules/jose"]);
  for (const title of [/^ovn4nfv \d.*: Apache-2\.0$/m, /^zod \d.*: MIT$/m, /^jose \d.*: MIT$/m, /^node \d/m]) {
    assert.match(text, title);
  }
  assert.ok((text.match(/Permission is hereby granted, free of charge/g) ?? []).length >= 2);
});
