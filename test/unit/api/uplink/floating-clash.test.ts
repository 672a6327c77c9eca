import assert from "node:assert/strict";
import { test } from "node:test";
import { findFloatingClash } from "#src/api/uplink/floating-clash.ts";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";

const uplink = (address: string, floating?: string) =>
  parseUplink({
    metadata: { name: "west" },
    spec: {
      physicalNetwork: "wan",
      addresses: [`${address}/24`],
      ...(floating === undefined ? {} : { floating: { addresses: [floating] } }),
    },
  });
const west = uplink("198.51.100.10", "198.51.100.20..198.51.100.29");

test("two Uplinks in one network outside share neither the address of a gateway nor a floating address", () => {
  assert.equal(findFloatingClash(uplink("198.51.100.11", "198.51.100.30..198.51.100.39"), west), undefined);
  assert.equal(findFloatingClash(uplink("198.51.100.11"), west), undefined);
  assert.deepEqual(findFloatingClash(uplink("198.51.100.25"), west), {
    field: "spec.addresses[0]",
    value: "198.51.100.25",
    reason: "is a floating address of",
  });
  assert.equal(
    findFloatingClash(uplink("198.51.100.11", "198.51.100.8..198.51.100.10"), west)?.reason,
    "contains 198.51.100.10, the address of",
  );
  assert.equal(
    findFloatingClash(uplink("198.51.100.11", "198.51.100.29..198.51.100.31"), west)?.reason,
    "overlaps 198.51.100.20..198.51.100.29, a floating range of",
  );
});
