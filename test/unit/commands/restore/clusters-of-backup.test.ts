import assert from "node:assert/strict";
import { it } from "node:test";
import { clustersOf } from "#src/commands/restore/clusters-of-backup.ts";

const key = "k8s.plugin.opnfv.org/cluster";

it("finds the clusters that have rows, whatever else the rows say", () => {
  const rows = new Map([
    ["a", { name: "a", external_ids: ["map", [[key, "one"]]] }],
    [
      "b",
      {
        name: "b",
        external_ids: [
          "map",
          [
            ["neutron:cluster", "no"],
            [key, "two"],
          ],
        ],
      },
    ],
    ["c", { name: "c", external_ids: ["map", []] }],
    ["d", { name: "d" }],
  ]);
  const nats = new Map([["e", { external_ids: ["map", [[key, "one"]]] }]]);
  const tables = new Map<string, ReadonlyMap<string, Readonly<Record<string, unknown>>>>([
    ["Logical_Switch_Port", rows],
    ["NAT", nats],
  ]);
  assert.deepEqual([...clustersOf({ tables })], ["one", "two"]);
});
