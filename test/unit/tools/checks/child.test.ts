import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "#tools/checks/child.ts";

const script = (text: string) => runChild(process.execPath, ["--eval", text], process.cwd());

test("a child's exit status and everything it wrote are kept", async () => {
  const { code, output } = await script('console.log("out"); console.error("err"); process.exitCode = 4;');
  assert.equal(code, 4);
  assert.deepEqual(output.trim().split("\n").sort(), ["err", "out"]);
});

test("a child that a signal ended has failed", async () => {
  assert.equal((await script('process.kill(process.pid, "SIGKILL");')).code, 1);
});

test("a program that does not exist is an error, not a status", async () => {
  await assert.rejects(runChild("no-such-program", [], process.cwd()), /ENOENT/);
});
