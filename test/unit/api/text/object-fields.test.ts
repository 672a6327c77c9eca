import assert from "node:assert/strict";
import { it } from "node:test";
import * as z from "zod";
import { fieldHelp, json, foundFields, objectFields, text, texts } from "#src/api/text/object-fields.ts";
import { refused } from "#test/assertions/refused.ts";

const schema = z.object({
  name: text().register(fieldHelp, { kind: "a string", remedy: "write a name", meaning: "A name." }),
  ipAddress: texts().optional(),
  routes: json().optional(),
});

it("a number or boolean stands for the string that prints it", () => {
  const { fields } = objectFields(schema, { name: 1.5, ipAddress: [true, "x"] }, "f", []);
  assert.deepEqual(fields, { name: "1.5", ipAddress: ["true", "x"] });
});

it("keys match in any case, and places are spelled as the user spelled them", () => {
  const { fields, fieldOf } = objectFields(schema, { NAME: "a", IPaddress: "b" }, "f", []);
  assert.deepEqual(fields, { name: "a", ipAddress: "b" });
  assert.equal(fieldOf("ipAddress"), "f: IPaddress");
  assert.equal(fieldOf("routes"), "f: routes");
});

it("null and the empty text count as absent", () => {
  assert.deepEqual(objectFields(schema, { name: "a", ipAddress: null, routes: "" }, "f", []).fields, { name: "a" });
  assert.deepEqual(
    refused(() => objectFields(schema, { name: "" }, "f", [])),
    {
      code: "Malformed",
      field: "f: name",
      reason: "is missing",
    },
  );
});

it("an unknown key warns, one within two edits of a known one is refused", () => {
  const warnings: string[] = [];
  objectFields(schema, { name: "a", bandwidth: 1 }, "f", warnings);
  assert.deepEqual(warnings, ['f: key "bandwidth" is unknown and ignored']);
  assert.equal(refused(() => objectFields(schema, { name: "a", rotes: 1 }, "f", [])).field, "f: rotes");
});

it("a former name of a key warns with the name of today, however near it is to another", () => {
  const warnings: string[] = [];
  foundFields(schema, { name: "a", nam: 1 }, "f", warnings, new Map([["nam", "routes"]]));
  assert.deepEqual(warnings, ['f: key "nam" is unknown and ignored; did you mean "routes"?']);
});

it("a warning has at most 120 characters, whatever the key", () => {
  const warnings: string[] = [];
  objectFields(
    schema,
    { name: "a", ["\n".repeat(300)]: 1 },
    `k8s.plugin.opnfv.org/nfn-network: interface[31]`,
    warnings,
  );
  assert.equal(warnings.length, 1);
  assert.ok((warnings[0] ?? "").length <= 120 && !(warnings[0] ?? "").includes("\n"));
});

it("one key in two spellings is refused", () => {
  const { field, reason } = refused(() => objectFields(schema, { name: "a", Name: "a" }, "f", []));
  assert.equal(field, "f: Name");
  assert.equal(reason, 'is the same key as "name"');
});

it("a value of the wrong kind is refused with the help of its field", () => {
  assert.equal(refused(() => objectFields(schema, { name: { a: 1 } }, "f", [])).reason, "is not a string");
});

it("an object of more than 64 keys is refused before they are looked at", () => {
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`unknown-${index}`, 1]));
  assert.equal(objectFields(schema, { name: "a", ...keys(63) }, "f", []).fields.name, "a");
  assert.equal(refused(() => objectFields(schema, { name: "a", ...keys(64) }, "f", [])).reason, "has 65 keys");
});

it("what is no object is refused", () => {
  for (const value of [null, [], "a", 1, true]) {
    assert.equal(refused(() => objectFields(schema, value, "f", [])).reason, "is not an object");
  }
});

it("all faults of an object are found, and the fields that are right are read", () => {
  const { fields, refusals } = foundFields(schema, { rotes: 1, IPaddress: {}, NAME: "a", name: "b" }, "f", []);
  assert.deepEqual(fields, { name: "a" });
  assert.throws(
    () => {
      refusals.throwAll();
    },
    ({ message }: Error) => {
      const fields = message.split("\n").map((line) => line.split(" ").slice(0, 3).join(" "));
      assert.deepEqual(fields, ["Malformed: f: rotes", "Malformed: f: name", "Malformed: f: IPaddress"]);
      return true;
    },
  );
});

it("a mistyped key is one fault, though the field that it means is missing", () => {
  const { refusals } = foundFields(schema, { nmae: "a" }, "f", []);
  assert.throws(() => {
    refusals.throwAll();
  }, /^AppError: Malformed: f: nmae "a" is not a known key; did you mean "name"\?$/);
});
