import assert from "node:assert/strict";
import { it } from "node:test";
import {
  assignInterfaceNames,
  isInterfaceName,
  parseInterfaceName,
  refuseTakenNames,
} from "#src/api/request/interface-names.ts";
import { refused } from "#test/assertions/refused.ts";

const named = (...names: (string | undefined)[]) =>
  names.map((interfaceName, index) => ({ field: `f: [${index}]`, interfaceName }));

it("names of letters, digits, underscore, dash and dot are taken, up to fifteen characters", () => {
  for (const name of ["net1", "a", "vlan.100", "br-int", "_x", "9", "abcdefghijklmno"]) {
    assert.equal(parseInterfaceName(name, "f"), name);
  }
});

it("what Linux, ip or a shell would not take for a name is refused", () => {
  const names = [
    "",
    ".",
    "..",
    "a/b",
    "a:b",
    "a b",
    "a\tb",
    "net%d",
    "-a",
    "a;b",
    'a"b',
    "a'b",
    "a\\b",
    "a#b",
    "é",
    "abcdefghijklmnop",
  ];
  for (const name of names) {
    assert.equal(isInterfaceName(name), false, name);
    assert.equal(refused(() => parseInterfaceName(name, "f")).code, "InterfaceInvalid", name);
  }
});

it("lo, eth0, the kernel's own words and Nodus' star are refused, each with its reason", () => {
  const reasons = ["lo", "eth0", "all", "default", "*"].map(
    (name) => refused(() => parseInterfaceName(name, "f")).reason,
  );
  assert.match(reasons[1] ?? "", /another CNI/);
  assert.match(reasons[4] ?? "", /Nodus/);
  assert.equal(new Set(reasons).size, 4);
});

it("interfaces without a name get the next free netN, beside all names that are given", () => {
  assert.deepEqual(assignInterfaceNames(named(undefined, "net1", undefined, "net3")), ["net2", "net1", "net4", "net3"]);
});

it("they are counted from net1 without a gap", () => {
  assert.deepEqual(assignInterfaceNames(named(undefined, undefined, undefined)), ["net1", "net2", "net3"]);
});

it("the names of other selections are taken as well", () => {
  assert.deepEqual(assignInterfaceNames(named(undefined, undefined), new Set(["net1", "net3"])), ["net2", "net4"]);
});

it("a name asked for twice is refused, and one that another selection has", () => {
  const twice = refused(() => {
    refuseTakenNames(named("a", undefined, "a"));
  });
  assert.deepEqual(
    [twice.code, twice.field, twice.reason],
    ["InterfaceInvalid", "f: [2].interface", "is the name of f: [0] as well"],
  );
  assert.match(
    refused(() => assignInterfaceNames(named("net1"), new Set(["net1"]))).reason,
    /another network selection/,
  );
});
