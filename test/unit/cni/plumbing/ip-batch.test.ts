import assert from "node:assert/strict";
import { test } from "node:test";
import { batchLine } from "#cni/plumbing/ip-batch.ts";

test("words become one line", () => {
  assert.equal(batchLine("addr", "add", "fd00::1/64", "dev", "net1.100"), "addr add fd00::1/64 dev net1.100");
});

for (const word of ["", "a b", "a\nlink del eth0", "a#b", "a\\", 'a"b', "a'b", "a;b", "$(a)"]) {
  test(`${JSON.stringify(word)} never becomes part of a batch`, () => {
    assert.throws(() => batchLine("link", "del", word), { code: "Internal" });
  });
}
