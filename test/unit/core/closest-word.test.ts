import assert from "node:assert/strict";
import { test } from "node:test";
import { closestNamed, closestWord, editDistance } from "#src/core/closest-word.ts";

test("a neighbouring swap, an insertion and a substitution each cost one edit", () => {
  assert.equal(editDistance("ipAddres", "ipAddress"), 1);
  assert.equal(editDistance("ipAdrdess", "ipAddress"), 1);
  assert.equal(editDistance("ipBddress", "ipAddress"), 1);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("same", "same"), 0);
});

test("the nearest candidate within two edits is offered, whatever its case", () => {
  assert.equal(closestWord("IPADRES", ["macAddress", "ipAddress"]), "ipAddress");
  assert.equal(closestWord("macAdress", ["ipAddress", "macAddress"]), "macAddress");
});

test("nothing is offered for a word that is far from all candidates", () => {
  assert.equal(closestWord("colour", ["ipAddress", "macAddress"]), undefined);
  assert.equal(closestWord("x", []), undefined);
});

test("a short candidate is not offered when every letter of it would have to change", () => {
  assert.equal(closestWord("zz", ["gw"]), undefined);
});

test("a named thing is asked for only when its name is nearer than those before", () => {
  const asked: string[] = [];
  const accepts = (name: string): boolean => {
    asked.push(name);
    return name !== "blues";
  };
  assert.equal(closestNamed("blue", ["green", "blues", "bluer", "bluely"], { nameOf: String, accepts }), "bluer");
  assert.deepEqual(asked, ["blues", "bluer"]);
});
