import assert from "node:assert/strict";
import { it } from "node:test";
import { interfaceSchema } from "#src/api/request/interface-schema.ts";
import { fieldHelp } from "#src/api/text/object-fields.ts";

it("the keys are the ones that manifests of Nodus and the early plugin carry, and routes", () => {
  assert.deepEqual(Object.keys(interfaceSchema.shape), [
    "name",
    "interface",
    "ipAddress",
    "macAddress",
    "defaultGateway",
    "gwipaddress",
    "routes",
    "netType",
  ]);
});

it("every field says what it takes and what to write instead", () => {
  for (const [key, field] of Object.entries(interfaceSchema.shape)) {
    const help = fieldHelp.get(field);
    assert.match(help?.kind ?? "", /\w/, key);
    assert.match(help?.remedy ?? "", /(^write|^name|leave it out)/, key);
  }
});

it("texts may be numbers and booleans, addresses also lists of them, and the rest is not taken", () => {
  const read = (fields: object) => interfaceSchema.safeParse({ name: "blue", ...fields });
  assert.deepEqual(read({ name: 5, defaultGateway: true, ipAddress: ["a", 1] }).data, {
    name: "5",
    defaultGateway: "true",
    ipAddress: ["a", "1"],
  });
  for (const fields of [
    { name: [] },
    { name: null },
    { interface: {} },
    { ipAddress: [[]] },
    { defaultGateway: "no" },
  ]) {
    assert.equal(read(fields).success, false, JSON.stringify(fields));
  }
});
