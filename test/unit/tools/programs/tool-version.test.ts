import assert from "node:assert/strict";
import { test } from "node:test";
import { toolVersion } from "#tools/programs/tool-version.ts";
import { tools } from "#tools/programs/tools.ts";

test("a program of ours that is made of another module has a version of its own for each state of its source", () => {
  assert.equal(toolVersion(tools.etcd), tools.etcd.module.version);
  const own = tools["cyclonus-cases"];
  assert.match(toolVersion(own), new RegExp(`^${own.module.version}-[0-9a-f]{10}$`));
});
