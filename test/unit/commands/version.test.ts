import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";

// Both tests run the program itself, with the process context of src/main.ts.
const root = new URL("../../../", import.meta.url);

test("the program prints its version and Node's", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["src/main.ts", "version", "-o", "json"], {
    cwd: root,
  });
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  assert.deepEqual(JSON.parse(stdout), [{ ovn4nfv: version, node: process.version }]);
});

test("the program ends silently when nobody reads its output any more", async () => {
  const child = spawn(process.execPath, ["src/main.ts", "--help"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => void said.push(text));
  const [code] = (await once(child, "close")) as [number];
  assert.deepEqual([code, said.join("")], [130, ""]);
});
