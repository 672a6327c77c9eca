// Every tool takes the sources of a package of the workspace, so that no run depends on a build that may be old.
import assert from "node:assert/strict";
import { globSync, readFileSync, realpathSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { sourceCondition, withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const manifest = (path: string): Manifest => JSON.parse(read(path)) as Manifest;
const packages = globSync("packages/*/package.json", { cwd: root });

test("the first condition of each export is the one for sources, and names a file that is there", () => {
  assert.ok(packages.length >= 1);
  for (const path of packages) {
    const { exports } = manifest(path);
    for (const entry of Object.values(exports)) {
      const [first = ""] = Object.keys(entry);
      assert.equal(first, sourceCondition, path);
      assert.match(read(`${path.replace("package.json", "")}${entry[first] ?? ""}`), /^export /m);
    }
  }
});

test("the product depends on the version that is here", () => {
  const { dependencies = {} } = manifest("package.json");
  for (const path of packages) {
    const { name, version } = manifest(path);
    if (name in dependencies) assert.equal(dependencies[name], version);
  }
});

test("Node, tsc, dependency-cruiser and esbuild take the sources", () => {
  for (const path of packages) {
    const resolved = realpathSync(fileURLToPath(import.meta.resolve(manifest(path).name)));
    assert.ok(resolved.startsWith(`${root}/${path.replace("package.json", "src/")}`), resolved);
  }
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, (path) => readFileSync(path, "utf8")) as {
    config: { compilerOptions: { customConditions: readonly string[] } };
  };
  assert.deepEqual(config.compilerOptions.customConditions, [sourceCondition]);
  assert.match(read(".dependency-cruiser.mjs"), /conditionNames: \[sourceCondition,/);
  assert.match(read("tools/build/bundle.ts"), /conditions: \[sourceCondition\]/);
  const given = withSources({ NODE_OPTIONS: "--enable-source-maps" });
  assert.equal(given.NODE_OPTIONS, `--enable-source-maps --conditions=${sourceCondition}`);
  assert.deepEqual(withSources(given), given);
});

test("the Dockerfile has the manifest of each package before it installs packages", () => {
  const [before = ""] = read("deploy/Dockerfile").split("npm ci");
  for (const path of packages) assert.ok(before.includes(`COPY ${path} `), path);
});
