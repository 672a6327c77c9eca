// `npm run guide` as far as it needs no lab.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readGuidePages } from "#guides/guide-pages.ts";
import { runCommand } from "#tools/process/command.ts";
import { root } from "#tools/source-files.ts";

const guide = (...words: readonly string[]) => runCommand(process.execPath, [join(root, "guides/main.ts"), ...words]);

test("without a name it lists every guide with its title", async () => {
  const { code, stdout } = await guide();
  assert.equal(code, 0);
  for (const { name, title } of readGuidePages()) assert.match(stdout, new RegExp(`^ +${name} +${title}$`, "m"));
});

test("--help lists what there is, and an unknown guide is answered with the nearest one", async () => {
  const help = await guide("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^npm run guide -- NAME\.\.\. \[--keep\] /m);
  const unknown = await guide("frist-pod");
  assert.equal(unknown.code, 2);
  assert.equal(unknown.stderr, 'there is no guide "frist-pod"; did you mean first-pod?\n');
});
