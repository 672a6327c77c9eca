// Every folder says what it is for, and no folder has a name that says nothing.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { innerArrows } from "#tools/checks/arrow-table.ts";
import { productFolders, root, sourceFiles } from "#tools/source-files.ts";

const rooms = [...productFolders, "tools", "lab", "demo"];
const folders = [...new Set(sourceFiles(rooms).map(dirname))].filter((folder) => folder !== "src");
const vague = /\/(utils?|helpers?|common|misc|types|shared)$/;

function hasHeader(path: string): boolean {
  const [first = "", second = ""] = readFileSync(path, "utf8").split("\n");
  return first.startsWith("// ") || (first.startsWith("#!") && second.startsWith("// "));
}

test("each folder has a README, or a file whose first line is a comment that says what the folder is for", () => {
  const silent = folders.filter((folder) => {
    const files = sourceFiles([folder]).filter((path) => dirname(path) === folder);
    return !existsSync(`${root}/${folder}/README.md`) && !files.some((path) => hasHeader(`${root}/${path}`));
  });
  assert.deepEqual(silent, []);
});

test("each folder of a room that has inner arrows has a row there", () => {
  const missing = folders.filter((folder) => {
    const room = Object.keys(innerArrows).find((name) => folder.startsWith(`${name}/`));
    const child = room === undefined ? undefined : folder.slice(room.length + 1).split("/")[0];
    return room !== undefined && child !== undefined && !Object.hasOwn(innerArrows[room] ?? {}, child);
  });
  assert.deepEqual(missing, []);
});

test("no folder has a name that says nothing", () => {
  assert.deepEqual(
    folders.filter((folder) => vague.test(folder)),
    [],
  );
});
