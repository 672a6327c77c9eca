import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressKey, addressOfKey } from "#src/ipam/index/address-key.ts";
import { ipOf } from "#test/fixtures/ipam/nb-fixture.ts";

describe("the key of an address", () => {
  it("gives the address back, at both ends of both families", () => {
    for (const text of ["0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "fd00::1", "ffff:ffff:ffff:ffff::ffff"]) {
      const ip = ipOf(text);
      assert.deepEqual(addressOfKey(addressKey(ip)), ip);
    }
  });

  it("never is the same for addresses of two families", () => {
    const keys = new Set([addressKey(ipOf("0.0.0.1")), addressKey(ipOf("::1"))]);
    assert.equal(keys.size, 2);
  });
});
