import assert from "node:assert/strict";
import { test } from "node:test";
import { podsByNode, rareVersions } from "#page/nodes/node-facts.ts";
import { someNode, somePod } from "#test/fixtures/view/some-items.ts";

test("pods are counted by node, and those without a node are not", () => {
  const pods = [somePod("a", "1", [], "n1"), somePod("a", "2", [], "n1"), somePod("a", "3")];
  assert.deepEqual([...podsByNode(pods)], [["node/n1", 2]]);
});

test("a version is rare when fewer nodes have it than another one", () => {
  const nodes = ["2", "2", "1", undefined].map((agentVersion, at) => {
    return someNode(`n${at}`, agentVersion === undefined ? {} : { agentVersion });
  });
  assert.deepEqual([...rareVersions(nodes)], ["1"]);
  assert.deepEqual([...rareVersions([])], []);
});
