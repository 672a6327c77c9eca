import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

test("the files of the folder are served by their paths, and nothing that a link leads to", async () => {
  using folder = createTemporaryFolder("page-files");
  mkdirSync(join(folder.path, "assets"));
  writeFileSync(join(folder.path, "index.html"), "<!doctype html>");
  writeFileSync(join(folder.path, "assets", "page.js"), "1");
  writeFileSync(join(folder.path, "notes.secret"), "no type of a page");
  symlinkSync("/etc/passwd", join(folder.path, "passwd.txt"));
  const files = await readPageFiles(folder.path);
  assert.deepEqual([...files.keys()].sort(), ["/", "/assets/page.js"]);
  const { type, compressed } = files.get("/assets/page.js") ?? assert.fail();
  assert.deepEqual([type, gunzipSync(compressed).toString()], ["text/javascript; charset=utf-8", "1"]);
});

test("without the folder there is a page that says how to build it", async () => {
  const files = await readPageFiles(undefined);
  assert.deepEqual([...files.keys()], ["/"]);
  assert.match(String(files.get("/")?.bytes), /npm run build/);
});
