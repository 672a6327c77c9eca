// The pages of docs/guides are well-formed, short, and found by their readers. test/e2e runs their commands.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readGuidePages } from "#guides/guide-pages.ts";
import { root } from "#tools/source-files.ts";

const pages = readGuidePages();
const lengthLimit = 150;

test("every guide is in the table of guides", () => {
  assert.ok(pages.length >= 3);
  const table = readFileSync(`${root}/docs/guides/README.md`, "utf8");
  for (const { name } of pages) assert.ok(table.includes(`| [${name}](${name}.md) |`), name);
});

test("no guide is too long to be followed", () => {
  for (const { path } of pages) {
    const { length } = readFileSync(`${root}/${path}`, "utf8").split("\n");
    assert.ok(length <= lengthLimit, `${path} has ${String(length)} lines`);
  }
});

test("every guide makes the namespace of its name, and takes it away", () => {
  for (const { name, path, steps, cleanUp } of pages) {
    const commands = (all: typeof steps): string => all.flatMap(({ lines }) => lines).join("\n");
    assert.ok(commands(steps).includes(`kubectl create namespace ${name}\n`), path);
    assert.ok(commands(cleanUp).includes(`kubectl delete namespace ${name} --ignore-not-found`), path);
  }
});
