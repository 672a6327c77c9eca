import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { conditionReasons } from "#src/core/condition-reasons.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import { root } from "#tools/source-files.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("a reason is explained with its remedy, whatever its case", async () => {
  const { status, stdout } = await runCommandLine(["explain", "nocarrier"]);
  assert.equal(status, 0);
  assert.equal(
    stdout,
    "NoCarrier (OvnNode)\n  No cable is connected.\n  Look at the cable and at the switch outside.\n",
  );
});

test("a code that also stands in conditions is explained for both", async () => {
  const { stdout } = await runCommandLine(["explain", "PoolExhausted"]);
  assert.match(stdout, /^PoolExhausted \(refusal\)\n[\s\S]*\nPoolExhausted \(Network, ProviderNetwork\)\n/);
});

test("a name that is none is answered with the nearest one", async () => {
  const { status, stderr } = await runCommandLine(["explain", "PoolExausted"]);
  assert.equal(status, 2);
  assert.match(stderr, /has the reason "PoolExausted"; did you mean "PoolExhausted"\?/);
  assert.match((await runCommandLine(["explain", "xyz"])).stderr, /`ovn4nfv explain` lists them/);
});

test("without a name all of them are listed, and other forms have the remedies", async () => {
  const table = (await runCommandLine(["explain"])).stdout;
  const count = Object.keys(errorCodes).length + Object.keys(conditionReasons).length;
  assert.equal(table.trimEnd().split("\n").length, count + 1);
  const listed: unknown = JSON.parse((await runCommandLine(["explain", "InUse", "-o", "json"])).stdout);
  assert.deepEqual(listed, [{ reason: "InUse", ...conditionReasons.InUse }]);
});

test("each reason of the table is one that the product gives", () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const dead = Object.keys(conditionReasons).filter((reason) => !text.includes(`"${reason}"`));
  assert.deepEqual(dead, []);
});
