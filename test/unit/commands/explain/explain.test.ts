import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { conditionReasons } from "#src/core/condition-reasons.ts";
import { conditionTypes } from "#src/core/condition-types.ts";
import { podEvents } from "#src/controllers/pod-events/pod-events.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import { goodReasons } from "#src/core/good-reasons.ts";
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
  assert.match(stderr, /has the name or reason "PoolExausted"; did you mean "PoolExhausted"\?/);
  assert.match((await runCommandLine(["explain", "xyz"])).stderr, /`ovn4nfv explain` lists them/);
});

test("without a name all of them are listed, and other forms have the remedies", async () => {
  const table = (await runCommandLine(["explain"])).stdout;
  const count = [errorCodes, conditionReasons, goodReasons, conditionTypes].flatMap((table) =>
    Object.keys(table),
  ).length;
  assert.equal(table.trimEnd().split("\n").length, count + 1);
  const listed: unknown = JSON.parse((await runCommandLine(["explain", "InUse", "-o", "json"])).stdout);
  assert.deepEqual(listed, [{ reason: "InUse", ...conditionReasons.InUse }]);
});

test("each reason of a condition or an Event is explained", () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const places = [
    /\breason: (?:[^,;"\n]+\? )?("[A-Z]\w+"(?: : "[A-Z]\w+")?)/g,
    /\breason(?: =[^"\n]+\?|:) ((?:\s*[|:]?\s*"[A-Z]\w+")+)/g,
    /Reason =((?:\s*\|?\s*"[A-Z]\w+")+)/g,
    /\b(?:refused|none|tooMany|faultOf)\(\s*("[A-Z]\w+")/g,
    /\bcondition\([^()]+, (?:true|false), ("[A-Z]\w+")/g,
  ];
  const found = places.map((place) =>
    [...text.matchAll(place)].flatMap(([, listed = ""]) => [...listed.matchAll(/"(\w+)"/g)].map(([, one = ""]) => one)),
  );
  for (const [index, { length }] of found.entries()) assert.ok(length > 3, `place ${index}`);
  const known = new Set([...Object.keys(errorCodes), ...Object.keys(conditionReasons), ...Object.keys(goodReasons)]);
  const unknown = new Set(found.flat().filter((reason) => !known.has(reason)));
  assert.deepEqual([...unknown], []);
});

test("each reason of the table is one that the product gives", () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const dead = Object.keys({ ...conditionReasons, ...goodReasons }).filter((reason) => !text.includes(`"${reason}"`));
  assert.deepEqual(dead, []);
});

test("each Event on a pod is explained, also one that says that all is well", async () => {
  for (const { reason } of Object.values(podEvents)) {
    assert.equal((await runCommandLine(["explain", reason])).status, 0, reason);
  }
  const { stdout } = await runCommandLine(["explain", "PortRestored"]);
  assert.match(stdout, /^PortRestored \(Event\)\n[^\n]+\n {2}Nothing is to be done\.\n$/);
});

test("each type of a condition that the product writes is explained, by its short name as well", async () => {
  const sources = globSync(["src/controllers/**/*.ts", "cni/**/*.ts"], { cwd: root });
  const text = sources.map((path) => readFileSync(`${root}/${path}`, "utf8")).join("\n");
  const places = /\b(?:condition|said)\(\s*"([^"]+)"|\btype = "([A-Z]\w+)"|Condition = "([^"]+)"|redundant = "(\w+)"/g;
  const found = [...text.matchAll(places)].map((match) => match.slice(1).find(Boolean) ?? "");
  const types = new Set([...found, annotationKeys.networksReady.key]);
  assert.deepEqual([...types].sort(), Object.keys(conditionTypes).sort());
  const { stdout } = await runCommandLine(["explain", "networks-ready"]);
  assert.match(stdout, /^k8s\.plugin\.opnfv\.org\/networks-ready \(condition of Pod\)\n/);
});
