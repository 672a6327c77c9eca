import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { refusalOf } from "#test/assertions/refused.ts";

const spec = { providerNetwork: "wan", addresses: ["198.51.100.10/24"] };
const parse = (nodes: unknown) => parseUplink({ metadata: { name: "west" }, spec: { ...spec, nodes } }).nodes;
const refused = (nodes: unknown): string => refusalOf(() => parse(nodes)).message;

test("nodes are selected by any selector of Kubernetes, also by one without requirements", () => {
  const matchExpressions = [
    { key: "example.com/way", operator: "In", values: ["west", ""] },
    { key: "old", operator: "DoesNotExist" },
  ];
  for (const nodes of [undefined, {}, { matchLabels: { "node.kubernetes.io/edge_1": "" }, matchExpressions }]) {
    assert.deepEqual(parse(nodes), nodes);
  }
});

test("a selector that the API server would refuse is refused with the field, the value, the reason and the remedy", () => {
  assert.match(
    refused({ matchLabels: { "way,edge": "west" } }),
    /^Malformed: spec\.nodes\.matchLabels "way,edge" is no key of a label: .*; correct the field; `kubectl explain uplink\.spec`/,
  );
  assert.match(refused({ matchLabels: { way: "far west" } }), /spec\.nodes\.matchLabels\[way\] "far west" is no value/);
  const expression = (one: object) =>
    refused({ matchExpressions: [{ key: "way", operator: "In", values: ["w"], ...one }] });
  assert.match(
    expression({ key: "Example.com/way" }),
    /spec\.nodes\.matchExpressions\[0\]\.key "Example\.com\/way" is no key/,
  );
  assert.match(expression({ values: ["w", "a)"] }), /matchExpressions\[0\]\.values\[1\] "a\)" is no value/);
  assert.match(expression({ values: [] }), /matchExpressions\[0\]\.values.* is missing, and In compares with values/);
});
