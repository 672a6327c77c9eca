import assert from "node:assert/strict";
import { test } from "node:test";
import { hostVethName } from "#cni/plumbing/host-veth.ts";

const id = "4f1c0a7be2d04b6f9d1c3a5e7f90123456789abcdef0123456789abcdef01234";

test("names fit Linux for container ids and interfaces of any length (the predecessor panicked below 14)", () => {
  for (const containerId of ["a", "short", id, "x".repeat(500)]) {
    for (const interfaceName of ["e", "net1", "abcdefghijklmno"]) {
      assert.match(hostVethName(containerId, interfaceName), /^ovn[0-9a-f]{12}$/);
    }
  }
});

test("interfaces of one container, and one interface of containers alike, have different names", () => {
  const names = [
    hostVethName(id, "net1"),
    hostVethName(id, "net10"),
    hostVethName(`${id.slice(0, -1)}5`, "net1"),
    hostVethName("a", "b1"),
    hostVethName("ab", "1"),
  ];
  assert.equal(new Set(names).size, names.length);
});

test("a name is the same each time, so that DEL finds what ADD made", () => {
  assert.equal(hostVethName("abc", "net1"), hostVethName("abc", "net1"));
});
