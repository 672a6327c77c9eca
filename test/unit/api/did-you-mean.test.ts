import assert from "node:assert/strict";
import { it } from "node:test";
import { didYouMean } from "#src/api/did-you-mean.ts";

const known = ["name", "interface", "ipAddress", "macAddress", "defaultGateway"];

it("a word within two edits of a known one is taken for it, in any case", () => {
  for (const word of ["ipAdress", "IPADDRES", "ipAddresses", "ipAdderss", "pAddres"]) {
    assert.equal(didYouMean(word, known), "ipAddress", word);
  }
});

it("two neighbours swapped are one edit, so that two such swaps are still near", () => {
  assert.equal(didYouMean("niterfcae", known), "interface");
});

it("three edits are too many", () => {
  assert.equal(didYouMean("ipAddresses1", known), undefined);
  assert.equal(didYouMean("bandwidth", known), undefined);
  assert.equal(didYouMean("", known), undefined);
});

it("the nearest of several is taken", () => {
  assert.equal(didYouMean("gq", ["dst", "gw"]), "gw");
  assert.equal(didYouMean("pacAddress", ["ipAddress", "macAddress"]), "macAddress");
});
