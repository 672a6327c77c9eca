import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFloatingRequest } from "#src/api/request/floating-request.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const fields = { externalIp: "interface[0].externalIp", distributed: "interface[0].distributed" };
const parse = (externalIp?: string, distributed?: string) => parseFloatingRequest(externalIp, distributed, fields);

test("an interface asks for any address outside, or for one, at the gateway or at its own node", () => {
  assert.equal(parse(), undefined);
  assert.equal(parse(undefined, "false"), undefined);
  assert.deepEqual(parse("auto"), { field: fields.externalIp, address: undefined, distributed: false });
  const asked = parse(" 2001:db8::20 ", "true");
  assert.equal(asked?.address && printIp(asked.address), "2001:db8::20");
  assert.equal(asked?.distributed, true);
});

test("another text is refused, and distributed without an address outside", () => {
  for (const text of ["some", "198.51.100.20/24", ""]) {
    assert.equal(refused(() => parse(text)).field, fields.externalIp);
  }
  assert.deepEqual(
    refused(() => parse(undefined, "true")),
    {
      code: "Malformed",
      field: fields.distributed,
      reason: "says from which node an address outside works, and externalIp asks for none",
    },
  );
});
