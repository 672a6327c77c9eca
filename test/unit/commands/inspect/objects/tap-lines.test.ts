import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOfTap, reportTap, tapColumns } from "#src/commands/inspect/objects/tap-lines.ts";
import { projectTap } from "#src/controllers/taps/tap-object.ts";

const object = (status?: object) =>
  projectTap({
    metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "1" },
    spec: { sources: { network: "blue" }, sink: { podSelector: {} } },
    status,
  });
const ready = (status: string, reason: string, message: string) => [
  { type: "Ready", status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" },
];
const lines = (status?: object) =>
  linesOfTap(reportTap(object(status))).map((line) => tapColumns.map(({ value }) => value(line)).join("|"));

test("each source has a line with its node and state", () => {
  const source = { pod: "shop/w1", interface: "net1", network: "blue", node: "n1", state: "Waiting", message: "why" };
  const columns = { sources: "0/1", sink: "shop/p tap0 on n2" };
  assert.deepEqual(lines({ conditions: ready("False", "Waiting", "1 of 1"), columns, sources: [source] }), [
    "shop|web|Waiting|shop/p tap0 on n2|shop/w1 net1|blue|n1|Waiting|why",
  ]);
});

test("a tap without sources has a line for its problem, and one without a status too", () => {
  assert.deepEqual(lines({ conditions: ready("False", "NoSink", "no pod") }), ["shop|web|NoSink|-|-|-|-|-|no pod"]);
  assert.deepEqual(lines(), ["shop|web|Unknown|-|-|-|-|-|"]);
});
