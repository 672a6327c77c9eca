import assert from "node:assert/strict";
import { test } from "node:test";
import { syntaxDecisions, type AskedInterface } from "#src/commands/admit/syntax-check.ts";

test("a pod that asks by selections of ours is read as one that asks by a request", async () => {
  const asked: AskedInterface[] = [];
  const ours = new Map([["default/blue-net", { network: "blue" }]]);
  const { bySelections } = syntaxDecisions(
    () => Promise.resolve(ours),
    (each) => asked.push(each),
  );
  const annotations = { "k8s.v1.cni.cncf.io/networks": "blue-net" };
  const object = { metadata: { name: "a", annotations } };
  const created = { object, namespace: "default", dryRun: true, username: "test" };
  const call = { signal: new AbortController().signal, deadlineMs: 0 };
  assert.deepEqual(await bySelections(created, call), { kind: "unchanged", warnings: [] });
  assert.deepEqual(asked, [{ pod: "default/a", interface: "net1", network: "blue", addresses: [] }]);
});
