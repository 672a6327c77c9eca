import assert from "node:assert/strict";
import { it } from "node:test";
import { ReservationCounts } from "#src/ipam/index/reservation-counts.ts";

it("counts by place and namespace, and keeps nothing of what has gone", () => {
  const counts = new ReservationCounts();
  counts.count("front", "shop", 1);
  counts.count("front", "shop", 1);
  counts.count("front", "bank", 1);
  counts.count(undefined, "shop", 1);
  assert.deepEqual([counts.in("front"), counts.in(undefined), counts.in("back")], [3, 1, 0]);
  assert.deepEqual([counts.of("shop", "front"), counts.of("bank", undefined)], [2, 0]);
  assert.deepEqual([counts.onSwitchOf("shop"), counts.onSwitchOf("bank")], [3, 1]);
  assert.deepEqual([...counts.namespacesIn("front")], ["shop", "bank"]);
  counts.count("front", "shop", -1);
  assert.deepEqual([counts.in("front"), counts.of("shop", "front")], [2, 1]);
  counts.count("front", "shop", -1);
  counts.count("front", "bank", -1);
  assert.deepEqual([counts.in("front"), [...counts.namespacesIn("front")]], [0, []]);
  assert.equal(counts.isEmpty, false);
  counts.clear();
  assert.deepEqual([counts.in(undefined), counts.isEmpty], [0, true]);
});
