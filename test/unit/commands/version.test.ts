import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";

const root = new URL("../../../", import.meta.url);

test("the program prints its version and Node's", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["src/main.ts", "version", "-o", "json"], {
    cwd: root,
  });
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  assert.deepEqual(JSON.parse(stdout), [{ ovn4nfv: version, node: process.version }]);
});
