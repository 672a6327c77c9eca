import assert from "node:assert/strict";
import { it } from "node:test";
import { requestReference } from "#src/api/request/request-reference.ts";

const reference = requestReference();

it("every field of a request has a sentence of its own", () => {
  for (const { title, fields } of reference) {
    for (const { key, meaning } of fields) assert.match(meaning, /^[A-Z`].{10,}\.$/, `${title}: ${key}`);
  }
});

it("the objects and their required fields are those of the request", () => {
  assert.deepEqual(
    reference.map(({ fields }) => fields.map(({ key, required }) => (required ? `${key}!` : key)).join(" ")),
    [
      "type! interface! networksReady",
      "name! interface ipAddress pool claim sticky whenScaled ordinalAddresses macAddress defaultGateway gwipaddress routes allowedAddresses bandwidth tap dhcp externalIp distributed netType",
      "dst! gw",
      "ingress egress burst",
      "dst! gw dev!",
    ],
  );
});
