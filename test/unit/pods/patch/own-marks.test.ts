import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch } from "rfc6902";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import { ownMarks, removeMarks, setMarks } from "#src/pods/patch/own-marks.ts";

const marked = {
  metadata: {
    annotations: {
      "k8s.plugin.opnfv.org/ovnInterfaces": "[]",
      "k8s.plugin.opnfv.org/allocation-token": "t",
      other: "x",
    },
    labels: { "k8s.plugin.opnfv.org/allocation": "01A", app: "web" },
    finalizers: ["example.com/other", "k8s.plugin.opnfv.org/addresses"],
  },
};

type Pod = typeof marked;

function patched(before: object, edit: (patch: JsonPatch) => void): Pod {
  const patch = new JsonPatch(before as never);
  edit(patch);
  const after = structuredClone(before);
  for (const error of applyPatch(after, patch.operations())) assert.equal(error, null);
  return after as Pod;
}

test("each of the four marks is found, on a plain pod none", () => {
  assert.equal(ownMarks(readPod(marked)).length, 4);
  assert.deepEqual(ownMarks(readPod({ metadata: { name: "p" } })), []);
});

test("removing the marks leaves everything of others", () => {
  const after = patched(marked, removeMarks);
  assert.deepEqual(after.metadata, {
    annotations: { other: "x" },
    labels: { app: "web" },
    finalizers: ["example.com/other"],
  });
});

test("setting marks replaces those that were copied, and adds the finalizer once", () => {
  const marks = { allocation: "01B", result: "[1]", token: "u" };
  const { metadata } = patched(marked, (patch) => {
    setMarks(patch, marks);
  });
  assert.equal(metadata.annotations["k8s.plugin.opnfv.org/ovnInterfaces"], "[1]");
  assert.equal(metadata.labels["k8s.plugin.opnfv.org/allocation"], "01B");
  assert.deepEqual(metadata.finalizers, ["example.com/other", "k8s.plugin.opnfv.org/addresses"]);
});

test("setting marks makes the maps that a bare pod lacks", () => {
  const { metadata } = patched({ metadata: {} }, (patch) => {
    setMarks(patch, { allocation: "01B", result: "[]", token: "u" });
  });
  assert.equal(Object.keys(metadata.annotations).length, 2);
  assert.deepEqual(metadata.finalizers, ["k8s.plugin.opnfv.org/addresses"]);
});
