import assert from "node:assert/strict";
import { test } from "node:test";
import { SeenSteps } from "#src/commands/view/pod/seen-steps.ts";
import type { ViewPod } from "#src/view/contract/view-item.ts";

const podWith = (allocation: string, state: ViewPod["state"], up?: boolean): ViewPod => {
  const port = { name: "net1", addresses: [], port: `${allocation}-net1`, ...(up === undefined ? {} : { up }) };
  const key = `pod/shop/${allocation}`;
  return { kind: "pod", key, namespace: "shop", name: allocation, ready: "yes", state, allocation, interfaces: [port] };
};

test("a step is seen when it is done between two looks, and keeps its time", () => {
  const steps = new SeenSteps();
  steps.observe([podWith("a", "reserved"), podWith("old", "bound", true)], 1);
  steps.observe([podWith("a", "bound"), podWith("old", "bound", true)], 2);
  steps.observe([podWith("a", "bound", true), podWith("new", "bound")], 3);
  steps.observe([podWith("a", "bound", true), podWith("new", "bound")], 4);
  assert.deepEqual(steps.of("a"), { boundMs: 2, upMs: 3 });
  assert.deepEqual(steps.of("new"), { boundMs: 3, upMs: undefined });
  for (const id of ["old", undefined]) assert.deepEqual(steps.of(id), { boundMs: undefined, upMs: undefined });
});

test("what was done before the first look has no time, until it is undone and done again", () => {
  const steps = new SeenSteps();
  steps.observe([podWith("a", "bound", true)], 1);
  assert.deepEqual(steps.of("a"), { boundMs: undefined, upMs: undefined });
  steps.observe([podWith("a", "bound", false)], 2);
  steps.observe([podWith("a", "bound", true)], 3);
  assert.deepEqual(steps.of("a"), { boundMs: undefined, upMs: 3 });
});
