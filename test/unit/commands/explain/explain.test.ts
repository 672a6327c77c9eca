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

/** The reasons of conditions that say that all is well, and of Events that say what was done. */
const fine =
  "AddressesMoved ClaimDeleted Applied Attached AllocatedLate Complete Connected Created Fits GatewayMemberBack InterfacesPlugged InterfacesUnplugged PortRestored Published Served ServedOutside";

test("each reason of a condition or an Event that says that something is wrong is explained", () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const places = [
    /\breason: (?:[^,;"\n]+\? )?("[A-Z]\w+"(?: : "[A-Z]\w+")?)/g,
    /\breason(?: =[^"\n]+\?|:) ((?:\s*[|:]?\s*"[A-Z]\w+")+)/g,
    /Reason =((?:\s*\|?\s*"[A-Z]\w+")+)/g,
    /\b(?:refused|none|tooMany|faultOf)\(\s*("[A-Z]\w+")/g,
    /\bcondition\([^()]+, false, ("[A-Z]\w+")/g,
  ];
  const found = places.map((place) =>
    [...text.matchAll(place)].flatMap(([, listed = ""]) => [...listed.matchAll(/"(\w+)"/g)].map(([, one = ""]) => one)),
  );
  for (const [index, { length }] of found.entries()) assert.ok(length > 3, `place ${index}`);
  const known = new Set([...Object.keys(errorCodes), ...Object.keys(conditionReasons), ...fine.split(" ")]);
  const unknown = new Set(found.flat().filter((reason) => !known.has(reason)));
  assert.deepEqual([...unknown], []);
});

test("each reason of the table is one that the product gives", () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const dead = Object.keys(conditionReasons).filter((reason) => !text.includes(`"${reason}"`));
  assert.deepEqual(dead, []);
});
