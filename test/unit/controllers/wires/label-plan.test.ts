import assert from "node:assert/strict";
import { test } from "node:test";
import { planLabels } from "#src/controllers/wires/label-plan.ts";

const wire = (ready: boolean) => ({ interface: "eth1", ready, reason: "", message: "" });
const lan = "provider.k8s.plugin.opnfv.org/lan";

test("a node is labelled with the wires that its agent says it carries", () => {
  assert.deepEqual(planLabels({ app: "x" }, { wires: new Map([["lan", wire(true)]]) }), { [lan]: "ready" });
  assert.deepEqual(planLabels({ [lan]: "yes" }, { wires: new Map([["lan", wire(true)]]) }), { [lan]: "ready" });
  assert.equal(planLabels({ [lan]: "ready" }, { wires: new Map([["lan", wire(true)]]) }), undefined);
});

test("a label goes on the agent's word, that the wire is not ready or that there is none", () => {
  assert.deepEqual(planLabels({ [lan]: "ready" }, { wires: new Map([["lan", wire(false)]]) }), { [lan]: null });
  assert.deepEqual(planLabels({ [lan]: "ready", app: "x" }, { wires: new Map() }), { [lan]: null });
});

test("a label stays while the agent is away, or has said nothing of wires", () => {
  assert.equal(planLabels({ [lan]: "ready" }, undefined), undefined);
  assert.equal(planLabels({ [lan]: "ready" }, { wires: undefined }), undefined);
});
