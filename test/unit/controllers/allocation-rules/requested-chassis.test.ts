import assert from "node:assert/strict";
import { test } from "node:test";
import { countUnpinned, requestsChassis } from "#src/controllers/allocation-rules/requested-chassis.ts";
import { labelledPod, row } from "#test/fixtures/controllers/labelled-pod.ts";

test("a port requests what it should, or may stay as it is", () => {
  assert.ok(requestsChassis({ chassis: "c-1" }, "c-1"));
  assert.ok(!requestsChassis({ chassis: "c-2" }, "c-1"));
  assert.ok(!requestsChassis({}, "c-1"));
  assert.ok(!requestsChassis({ chassis: "c-1" }, ""));
  assert.ok(requestsChassis({}, ""));
  assert.ok(requestsChassis({ chassis: "c-1" }, undefined));
});

test("ports of pods on a node count as unpinned while they request no chassis", () => {
  const pods = [labelledPod(), labelledPod({ uid: "uid-b", spec: { nodeName: null } })];
  const count = (chassis: string | undefined) =>
    countUnpinned(pods, ({ metadata: { uid = "" } }) => [row(""), { ...row(uid), chassis }]);
  assert.equal(count(undefined), 1);
  assert.equal(count("c-1"), 0);
});
