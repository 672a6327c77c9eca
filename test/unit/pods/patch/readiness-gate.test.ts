import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { setReadinessGate } from "#src/pods/patch/readiness-gate.ts";

const operationsFor = (object: JsonObject) => {
  const patch = new JsonPatch(object);
  setReadinessGate(patch);
  return patch.operations();
};
const own = { conditionType: "k8s.plugin.opnfv.org/networks-ready" };

test("the gate is appended to those of others, which are not written again", () => {
  const other = { conditionType: "example.com/balanced" };
  assert.deepEqual(operationsFor({ spec: { readinessGates: [other] } }), [
    { op: "add", path: "/spec/readinessGates/-", value: own },
  ]);
  assert.deepEqual(operationsFor({ spec: { readinessGates: [own, other] } }), []);
});

test("a pod without gates gets a list of this one", () => {
  const [operation] = operationsFor({ spec: { readinessGates: null } });
  assert.deepEqual(operation && "value" in operation && operation.value, [own]);
  assert.deepEqual(operationsFor({ spec: {} }), [{ op: "add", path: "/spec/readinessGates", value: [own] }]);
});
