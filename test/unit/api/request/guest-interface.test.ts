import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInterface } from "#src/api/request/interface-request.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";

const read = (fields: Readonly<Record<string, JsonValue>>) =>
  parseInterface({ name: "blue", ...fields }, "interface[0]", []);

test("an interface is a guest's only by one word", () => {
  assert.equal(read({ dhcp: "true" }).isGuest, true);
  assert.equal(read({ dhcp: true }).isGuest, true);
  assert.equal(read({ dhcp: "false" }).isGuest, undefined);
  assert.equal(read({}).isGuest, undefined);
  assert.throws(() => read({ dhcp: "yes" }), /interface\[0\]: dhcp "yes"/);
});

test("beside it nothing is allowed that the pod itself would need an address for", () => {
  const beside: readonly Readonly<Record<string, JsonValue>>[] = [
    { defaultGateway: "true" },
    { gwipaddress: "10.1.0.1" },
    { routes: [{ dst: "192.0.2.0/24" }] },
    { tap: "true" },
  ];
  for (const fields of beside) {
    assert.throws(() => read({ dhcp: "true", ...fields }), /stands beside dhcp/, JSON.stringify(fields));
  }
  const whole = { ipAddress: "10.1.0.7", macAddress: "0a:58:0a:01:00:07", bandwidth: { egress: "1M" } };
  assert.equal(read({ dhcp: "true", ...whole, allowedAddresses: "10.1.0.200", externalIp: "auto" }).isGuest, true);
});
