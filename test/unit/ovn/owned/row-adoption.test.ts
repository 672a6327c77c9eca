import assert from "node:assert/strict";
import { test } from "node:test";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { rewriteMarks } from "#src/ovn/owned/row-adoption.ts";

test("marks are rewritten only on a row of ours that still has those that were read", () => {
  const read = { cluster: "old", allocation: "A", "pod-uid": "u1" };
  assert.deepEqual(rewriteMarks(logicalSwitchPort, "00000000-0000-4000-8000-000000000001", read, { cluster: "new" }), {
    op: "mutate",
    table: "Logical_Switch_Port",
    where: [
      ["_uuid", "==", ["uuid", "00000000-0000-4000-8000-000000000001"]],
      [
        "external_ids",
        "includes",
        [
          "map",
          [
            ["k8s.plugin.opnfv.org/owner", "ovn4nfv"],
            ["k8s.plugin.opnfv.org/cluster", "old"],
            ["k8s.plugin.opnfv.org/allocation", "A"],
            ["k8s.plugin.opnfv.org/pod-uid", "u1"],
          ],
        ],
      ],
    ],
    mutations: [
      ["external_ids", "delete", ["set", ["k8s.plugin.opnfv.org/cluster"]]],
      ["external_ids", "insert", ["map", [["k8s.plugin.opnfv.org/cluster", "new"]]]],
    ],
  });
});
