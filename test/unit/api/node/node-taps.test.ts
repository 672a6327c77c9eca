import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeTapStatusSchema, ovnNodeSpecSchema } from "#src/api/node/node-taps.ts";
import { nodeTap } from "#test/fixtures/cni/tap-views.ts";

test("an OvnNode may be without a spec and without taps", () => {
  assert.deepEqual(ovnNodeSpecSchema.parse({}), {});
  assert.equal(ovnNodeSpecSchema.parse({ taps: [nodeTap()] }).taps?.length, 1);
});

test("what no agent could act on is refused", () => {
  const wrong = [{ direction: "up" }, { sources: [7] }, { sink: { remote: { address: "192.0.2.1" } } }];
  for (const fields of wrong) {
    assert.equal(ovnNodeSpecSchema.safeParse({ taps: [{ ...nodeTap(), ...fields }] }).success, false);
  }
  const words = { uid: "t", reason: "Mirrored", message: "", sources: [] };
  assert.equal(nodeTapStatusSchema.safeParse({ ...words, state: "Active" }).success, true);
  assert.equal(nodeTapStatusSchema.safeParse({ ...words, state: "Gone" }).success, false);
});
