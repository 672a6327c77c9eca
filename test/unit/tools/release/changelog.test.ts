import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { releasedSections, unreleasedProblems, versionProblems } from "#tools/release/changelog.ts";
import { root } from "#tools/source-files.ts";
import packageJson from "../../../../package.json" with { type: "json" };

const changelog = `# Changelog

## [Unreleased]

- Something to come.

## [1.1.0] - 2026-12-01

### Added

- More.

## [1.0.0] - 2026-11-01

- The first.
`;

test("the sections of a changelog are those of released versions, newest first", () => {
  assert.deepEqual(releasedSections(changelog), [
    { version: "1.1.0", day: "2026-12-01", text: "### Added\n\n- More." },
    { version: "1.0.0", day: "2026-11-01", text: "- The first." },
  ]);
});

test("a version that the changelog does not tell of cannot be released", () => {
  assert.deepEqual(versionProblems("1.1.0", changelog, new Map()), []);
  assert.deepEqual(versionProblems("1.2.0", changelog, new Map()), [
    'CHANGELOG.md begins with 1.1.0: write a section "## [1.2.0] - YYYY-MM-DD"',
  ]);
  assert.deepEqual(versionProblems("1.0.0", "", new Map()), [
    'CHANGELOG.md begins with nothing: write a section "## [1.0.0] - YYYY-MM-DD"',
  ]);
});

test("a version cannot be released while something is in no version", () => {
  assert.deepEqual(unreleasedProblems("1.2.0", changelog), [
    'the section Unreleased of CHANGELOG.md has 1 entries: move them to a section "## [1.2.0] - YYYY-MM-DD" below it, and raise the version if it was released before',
  ]);
  assert.deepEqual(unreleasedProblems("1.1.0", changelog.replace("- Something to come.\n", "")), []);
  assert.deepEqual(unreleasedProblems("1.1.0", "# Changelog\n\n## [1.1.0] - 2026-12-01\n\n- More.\n"), []);
  assert.equal(unreleasedProblems("1.0.0", "## [Unreleased]\n\n- Nobody has released.\n").length, 1);
});

test("a section without a day or without a word cannot be released", () => {
  assert.deepEqual(versionProblems("1.0.0", "## [1.0.0] - soon\n", new Map()), [
    'the section of 1.0.0 in CHANGELOG.md has no day: write "## [1.0.0] - YYYY-MM-DD"',
    "the section of 1.0.0 in CHANGELOG.md says nothing",
  ]);
});

test("a part with another version is named", () => {
  const versions = new Map([
    ["the chart", "1.0.0"],
    ["the image", "1.1.0"],
  ]);
  assert.deepEqual(versionProblems("1.1.0", changelog, versions), ["the chart has the version 1.0.0: make it 1.1.0"]);
});

test("the versions of this tree fit together", () => {
  const text = (path: string) => readFileSync(join(root, path), "utf8");
  const chart = parse(text("deploy/chart/Chart.yaml")) as Record<"version" | "appVersion", string>;
  const images = [...text("deploy/install.yaml").matchAll(/image: ovn4nfv:(\S+)/g)].map(([, tag = ""]) => tag);
  assert.ok(images.length > 0);
  const versions = new Map([
    ["the chart", chart.version],
    ["the chart's application", chart.appVersion],
    ...images.map((tag, index) => [`image ${index.toString()}`, tag] as const),
  ]);
  assert.deepEqual(versionProblems(packageJson.version, text("CHANGELOG.md"), versions), []);
});
