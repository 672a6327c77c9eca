import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { adopterOf, adoptSwitch, consentsToAdoption, releaseSwitch } from "#src/ovn/rows/network-rows-adopted.ts";
import { adoptingNetwork, foreignSwitch } from "#test/fixtures/ovn/adopted-network.ts";

const network = adoptingNetwork();

test("adopting writes our keys only, never the owner, and only while the keys are as they were read", () => {
  const [operation, ...more] = adoptSwitch({ uuid: "s", row: foreignSwitch(new Map([["theirs", "1"]])) }, network);
  const text = JSON.stringify(operation);
  assert.deepEqual(more, []);
  assert.match(text, /adopted-by","u1/);
  assert.match(text, /\["external_ids","==",\["map",\[\["theirs","1"\]\]\]\]/);
  assert.doesNotMatch(text, /org\/owner/);
});

test("releasing takes our keys off and leaves theirs", () => {
  const ours = new Map([
    ["theirs", "1"],
    [externalId("adopted-by"), "u1"],
    [externalId("subnets"), "10.1.0.0/24"],
  ]);
  assert.equal(adopterOf(foreignSwitch(ours)), "u1");
  const [operation] = releaseSwitch({ uuid: "s", row: foreignSwitch(ours) });
  const [deletion, insertion] = operation?.["mutations"] as unknown[][];
  assert.doesNotMatch(JSON.stringify(deletion), /theirs/);
  assert.match(JSON.stringify(deletion), /adopted-by.*subnets/);
  assert.deepEqual(insertion?.[2], ["map", []]);
  assert.deepEqual(releaseSwitch({ uuid: "s", row: foreignSwitch(new Map([["theirs", "1"]])) }), []);
});

const consent = (namespaces: string) => [externalId("adoptable-by"), namespaces] as const;

test("a switch may be adopted only from the namespaces that its maker names", () => {
  assert.equal(consentsToAdoption(foreignSwitch(new Map()), "telco"), false);
  assert.equal(consentsToAdoption(foreignSwitch(new Map([consent("default, telco")])), "telco"), true);
  assert.equal(consentsToAdoption(foreignSwitch(new Map([consent("default")])), "telco"), false);
  assert.equal(consentsToAdoption(foreignSwitch(new Map([consent("*")])), "telco"), true);
});

test("the maker's consent stays when the switch is adopted, and when it is released", () => {
  const adopted = foreignSwitch(new Map([consent("telco"), [externalId("adopted-by"), "u1"]]));
  for (const [operation] of [
    adoptSwitch({ uuid: "s", row: adopted }, network),
    releaseSwitch({ uuid: "s", row: adopted }),
  ]) {
    assert.doesNotMatch(JSON.stringify(operation?.["mutations"]), /adoptable-by/);
  }
});
