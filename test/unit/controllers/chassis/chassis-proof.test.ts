import assert from "node:assert/strict";
import { test } from "node:test";
import { type Claimant, findOwner, provenOwner } from "#src/controllers/chassis/chassis-proof.ts";

const claimant = (node: string, more: Partial<Claimant> = {}): Claimant => ({
  node,
  hostnames: [],
  addresses: [],
  ...more,
});
const chassis = { hostname: "n1", encapIps: ["192.0.2.1"] };

test("a chassis is that of the node whose name its host has, whatever other nodes say of themselves", () => {
  const thief = claimant("n9", { hostnames: ["n1"], addresses: ["192.0.2.1"] });
  assert.equal(provenOwner(chassis, [thief, claimant("n1")]), "n1");
});

test("else that of the node with this host name, and else that with the address of its tunnels", () => {
  const [one, two] = [claimant("a", { hostnames: ["n1"] }), claimant("b", { addresses: ["192.0.2.1"] })];
  assert.equal(provenOwner(chassis, [one, two]), "a");
  assert.equal(provenOwner(chassis, [claimant("a"), two]), "b");
});

test("nobody has it when no proof, or the same one, fits several", () => {
  assert.equal(provenOwner(chassis, [claimant("a"), claimant("b")]), undefined);
  const both = ["a", "b"].map((node) => claimant(node, { hostnames: ["n1"], addresses: ["192.0.2.1"] }));
  assert.equal(provenOwner(chassis, both), undefined);
  assert.equal(provenOwner({ hostname: "", encapIps: [] }, both), undefined);
});

test("no number of claimants hides the node whose name the host has, and for the others few Nodes are read", async () => {
  const thieves = Array.from({ length: 20 }, (_, n) => `a${n}`);
  const read: string[] = [];
  const find = (names: readonly string[], hostnames: readonly string[] = []) =>
    findOwner(chassis, names, async (node) => {
      read.push(node);
      return node === "a1" ? undefined : claimant(node, node === "a0" ? { hostnames } : {});
    });
  assert.equal(await find([...thieves, "n1"]), "n1");
  assert.deepEqual(read, []);
  assert.equal(await find(thieves), undefined);
  assert.equal(read.length, 8);
  assert.equal(await find(thieves, ["n1"]), "a0");
});
