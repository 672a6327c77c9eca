import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";

const of = (ids: Partial<Record<"row" | "adopted-by", string>>) =>
  networkOf({ external_ids: new Map(Object.entries(ids).map(([key, value]) => [externalId(key as "row"), value])) });

test("a switch names the Network for which it was made, or which adopted it", () => {
  assert.equal(of({ row: "u1/switch" }), "u1");
  assert.equal(of({ "adopted-by": "u2" }), "u2");
  assert.equal(of({ row: "topology/ovn4nfv-join" }), undefined);
  assert.equal(of({}), undefined);
});
