import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { stickyIds, stickyMark } from "#src/ovn/claims/sticky-mark.ts";

const mark = { set: "db", uid: "u", network: "blue", interface: "net1", whenScaled: "Delete" } as const;

test("a mark is read as it was written, and what nobody of ours wrote is none", () => {
  assert.deepEqual(stickyMark(new Map(Object.entries(stickyIds(mark)))), mark);
  for (const text of [
    "",
    "{",
    "{}",
    "[]",
    JSON.stringify({ ...mark, uid: "" }),
    JSON.stringify({ ...mark, whenScaled: "x" }),
  ])
    assert.equal(stickyMark(new Map([[externalId("sticky"), text]])), undefined);
  assert.equal(stickyMark(new Map()), undefined);
});
