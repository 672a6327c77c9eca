// The parts from which the product is built are named by their digests, and run no code while they are installed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "#tools/source-files.ts";

interface Locked {
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

/** The packages that have an install script and work without it: the program of esbuild comes with @esbuild/linux-x64. */
const withInstallScript = ["node_modules/esbuild"];

const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

test("only packages of the list have an install script, and npm does not run it", () => {
  const found = Object.entries(packages).flatMap(([path, { hasInstallScript }]) => (hasInstallScript ? [path] : []));
  assert.deepEqual(found, withInstallScript);
  const setting = execFileSync("npm", ["config", "get", "ignore-scripts"], { cwd: root, encoding: "utf8" });
  assert.equal(setting.trim(), "true");
});

test("each package is locked with its digest", () => {
  const installed = Object.entries(packages).filter(([path, { link }]) => path.startsWith("node_modules/") && !link);
  assert.ok(installed.length > 100);
  for (const [path, { integrity = "" }] of installed) assert.match(integrity, /^sha512-/, path);
});

test("the Dockerfile takes the digest of each base image from whoever builds it, and makes none up", () => {
  const lines = readFileSync(`${root}/deploy/Dockerfile`, "utf8").split("\n");
  const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
  assert.equal(bases.length, 2);
  for (const base of bases) {
    const argument = /@\$\{(\w+)\}$/.exec(base)?.[1] ?? assert.fail(`${base} has no digest`);
    assert.ok(lines.includes(`ARG ${argument}`), `${argument} has a default, or is no argument`);
  }
});
