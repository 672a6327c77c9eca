import assert from "node:assert/strict";
import { test } from "node:test";
import { networkColumns } from "#src/controllers/networks/network-columns.ts";

const subnets = {
  ipv4Subnets: [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24" }],
  ipv6Subnets: [{ subnet: "fd10::/64" }],
};

test("all subnets are in one text, and so is the usage of each family", () => {
  const columns = networkColumns(subnets, [
    { family: "IPv4", capacity: "506", used: "3" },
    { family: "IPv6", capacity: "18446744073709551614", used: "1" },
  ]);
  assert.deepEqual(columns, { subnets: "10.1.0.0/24 10.2.0.0/24 fd10::/64", used: "3/506 1/~2^64", allowed: "all" });
});

test("the usage of a pool stands behind its name", () => {
  const { used } = networkColumns(subnets, [
    { family: "IPv4", capacity: "506", used: "3" },
    { name: "front", family: "IPv4", capacity: "64", used: "60" },
  ]);
  assert.equal(used, "3/506 front:60/64");
});

test("who may join is all, the named ones, those with labels, nobody, or whom the switch names", () => {
  const allowed = (spec: object) => networkColumns({ ...subnets, ...spec }, []).allowed;
  assert.equal(allowed({ allowedNamespaces: { names: ["default", "telco"] } }), "default,telco");
  const matchExpressions = [
    { key: "tier", operator: "In", values: ["a", "b"] },
    { key: "old", operator: "DoesNotExist" },
    { key: "team", operator: "Exists" },
  ];
  const selector = { matchLabels: { team: "blue" }, matchExpressions };
  assert.equal(allowed({ allowedNamespaces: { names: ["x"], selector } }), "x,team=blue,tier in (a,b),!old,team");
  assert.equal(allowed({ allowedNamespaces: { selector: {} } }), "all");
  assert.equal(allowed({ allowedNamespaces: {} }), "none");
  assert.equal(allowed({ adopt: true }), "as its switch");
  const many = allowed({ allowedNamespaces: { names: Array.from({ length: 99 }, (_, n) => `namespace-${n}`) } });
  assert.equal(many.length, 120);
});

test("a spec that is none has no columns", () => {
  assert.deepEqual(networkColumns({ ipv4Subnets: 5 }, []), { subnets: "", used: "", allowed: "" });
});
