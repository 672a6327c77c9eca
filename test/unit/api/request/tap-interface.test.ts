import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInterface } from "#src/api/request/interface-request.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";

const read = (fields: Readonly<Record<string, JsonValue>>) =>
  parseInterface({ name: "blue", ...fields }, "interface[0]", []);

test("an interface asks to receive only by one word", () => {
  assert.equal(read({ tap: "true" }).isTap, true);
  assert.equal(read({ tap: true }).isTap, true);
  assert.equal(read({ tap: "false" }).isTap, undefined);
  assert.equal(read({}).isTap, undefined);
  assert.throws(() => read({ tap: "yes" }), /interface\[0\]: tap "yes"/);
});

test("beside it nothing is allowed that sends, or that others reach", () => {
  const beside: readonly Readonly<Record<string, JsonValue>>[] = [
    { ipAddress: "10.1.0.7" },
    { defaultGateway: "true" },
    { gwipaddress: "10.1.0.1" },
    { routes: [{ dst: "192.0.2.0/24" }] },
    { allowedAddresses: "10.1.0.200" },
    { bandwidth: { egress: "1M" } },
  ];
  for (const fields of beside) {
    assert.throws(() => read({ tap: "true", ...fields }), /stands beside tap/, JSON.stringify(fields));
    assert.equal(read(fields).isTap, undefined);
  }
  assert.equal(read({ tap: "true", macAddress: "0a:58:0a:01:00:07", defaultGateway: "false" }).isTap, true);
});
