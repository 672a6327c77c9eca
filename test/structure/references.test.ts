// Comments and documents refer only to files, folders, sections and decisions that exist.
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { productFolders, root, sourceFolders } from "#tools/source-files.ts";
import { commentsOf } from "./comments.ts";
import { danglingReferences, deadLinks, type Repository, withoutBlocks, withoutLinks } from "./references.ts";

const glob = (patterns: readonly string[]): readonly string[] =>
  globSync(patterns, { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] });
const folders = readdirSync(root, { withFileTypes: true })
  // The build writes into dist, which need not be there.
  .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$|^dist$/.test(entry.name))
  .map(({ name }) => name);
const documents = glob(["*.md", ...folders.map((folder) => `${folder}/**/*.md`)]);
const scripts = ["*.{js,mjs}", ...sourceFolders.map((folder) => `${folder}/**/*.{ts,tsx,js,mjs,c,h}`)];
const sources = glob([...scripts, "packages/**/*.{ts,js,mjs}", "deploy/**/*.yaml", "deploy/Dockerfile", ".ci/run"]);
const names = new Set(glob(["*", ...folders.map((folder) => `${folder}/**`)]).map((path) => basename(path)));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");

const repository: Repository = {
  folders,
  has: (pattern) => glob([pattern]).length > 0,
  hasName: (name) => names.has(name),
  read,
};

test("there is enough to look at, of each language", () => {
  assert.ok(documents.length >= 20, documents.join(" "));
  for (const [end, least] of [
    [".ts", 800],
    [".c", 8],
    [".yaml", 30],
    [".mjs", 2],
  ] as const) {
    const found = sources.filter((path) => path.endsWith(end));
    assert.ok(found.length >= least, `${end}: ${found.length.toString()}`);
    assert.ok(found.some((path) => commentsOf(path, read(path)).length > 0));
  }
});

test("what comments refer to exists", () => {
  const dangling = sources.flatMap((path) =>
    danglingReferences(commentsOf(path, read(path)), repository).map((told) => `${path}: ${told}`),
  );
  assert.equal(dangling.join("\n"), "");
});

test("what documents refer to exists", () => {
  const dangling = documents.flatMap((path) =>
    danglingReferences(withoutLinks(withoutBlocks(read(path))), repository).map((told) => `${path}: ${told}`),
  );
  assert.equal(dangling.join("\n"), "");
});

test("links between documents lead somewhere, to a section too", () => {
  const dead = documents.flatMap((path) => deadLinks(path, read(path), repository).map((told) => `${path}: ${told}`));
  assert.equal(dead.join("\n"), "");
});

test("documents that messages name exist", () => {
  const named = glob([...productFolders, "tools"].map((folder) => `${folder}/**/*.{ts,c,h}`)).flatMap((path) =>
    [...read(path).matchAll(/docs\/[\w/.-]+\.md(?:#[\w-]+)?/g)].map(([name]) => ({ path, name })),
  );
  assert.ok(named.length >= 10);
  const dangling = named.flatMap(({ path, name }) =>
    danglingReferences(name, repository).map((told) => `${path}: ${told}`),
  );
  assert.equal(dangling.join("\n"), "");
});

const page = "# The page\n\n## First, *then*\n\n## Again\n## Again\n\n```\n## No heading\n```\n";
const small: Repository = {
  folders: ["src", "docs"],
  has: (pattern) => ["src/net", "src/net/ip.ts", "docs/page.md", "docs/adr/0005-*.md"].includes(pattern),
  hasName: (name) => ["ip.ts", "page.md"].includes(name),
  read: () => page,
};

const wrong: readonly (readonly [string, string])[] = [
  ["a file that is gone", "see src/net/gone.ts."],
  ["a folder that is gone", "everything in src/nat, for one"],
  ["a section that is gone", "docs/page.md#second has it"],
  ["what looks like a heading inside a fence", "docs/page.md#no-heading"],
  ["a page that was never here", "the line of kubernetes.md 2.3"],
  ["a source by a name that no file has", "by its key (gone.ts)"],
  ["a decision that was not made", "as ADR 9 has it"],
  ["a design that is somewhere else", "rules A to D of DESIGN 3.6"],
];

for (const [what, text] of wrong) {
  test(`a reference to ${what} is reported`, () => {
    assert.equal(danglingReferences(text, small).length, 1, text);
  });
}

test("references to existing things are not reported, and other words with a slash are not either", () => {
  const text = `src/net, src/net/ip.ts; (docs/page.md#first-then) docs/page.md#again-1. ADR 5, page.md, ip.ts;
    https://example.org/src/other.ts and/or github.com/them/docs/x.md`;
  assert.deepEqual(danglingReferences(text, small), []);
});

test("dead links are reported: to a file, to a section of it, and to a section of the same page", () => {
  const text = "[a](page.md) [b](page.md#again) [c](#again) [d](gone.md) [e](../src/net) [f](page.md#gone) [g](#gone)";
  assert.deepEqual(
    deadLinks("docs/page.md", text, small).map((told) => told.split(":")[0]),
    ["docs/gone.md", "docs/page.md#gone", "docs/page.md#gone"],
  );
});

test("a link to the reader's own machine is reported, and the same as code is not", () => {
  assert.deepEqual(deadLinks("docs/page.md", "Open https://localhost:8443, or `https://localhost:8444`.", small), [
    "https://localhost:8443,: write it as code",
  ]);
});
