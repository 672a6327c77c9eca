import assert from "node:assert/strict";
import { it } from "node:test";
import { switchesFirst } from "#src/controllers/topology/switches-first.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";

it("of several networks with one name the one with the switch comes first, in whatever order they are", () => {
  const [refused, made] = [{ uid: "theirs" }, { uid: "ours" }];
  const rows = new Map([["ours/switch", {} as OwnedRow]]);
  assert.deepEqual(switchesFirst([refused, made], { rows }), [made, refused]);
  assert.deepEqual(switchesFirst([made, refused], { rows }), [made, refused]);
  assert.deepEqual(switchesFirst([refused, made], { rows: new Map() }), [refused, made]);
});
