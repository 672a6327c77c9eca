import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { allocationTables, logicalSwitchPort } from "#src/ovn/nb-tables.ts";

test("of a port's external_ids only those are kept that the index reads", () => {
  const kept = logicalSwitchPort.columns.external_ids.keep;
  const owners = ["owner", "allocation", "namespace", "pod", "pod-uid", "cluster"] as const;
  const read = [
    ...owners,
    "revision",
    "retaken",
    "allowed-addresses",
    "claim",
    "claim-fresh",
    "claim-network",
    "machine",
    "waits-with",
    "sticky",
  ] as const;
  assert.deepEqual(kept, new Set(read.map(externalId)));
});

test("each table is monitored once", () => {
  const names = allocationTables.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
