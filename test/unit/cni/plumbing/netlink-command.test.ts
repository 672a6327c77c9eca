import assert from "node:assert/strict";
import { test } from "node:test";
import { netlinkCommand } from "#cni/plumbing/netlink-command.ts";

test("words become one line", () => {
  assert.equal(netlinkCommand("address", "net1.100", "fd00::1/64"), "address net1.100 fd00::1/64");
});

for (const word of ["", "a b", "a\nunpair eth0", "a\0b", "a\tb", "a\\", 'a"b', "a'b", "a;b", "$(a)"]) {
  test(`${JSON.stringify(word)} never becomes part of a command`, () => {
    assert.throws(() => netlinkCommand("unpair", word), { code: "Internal" });
  });
}
