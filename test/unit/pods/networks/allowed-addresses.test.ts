import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAllowedAddresses } from "#src/pods/networks/allowed-addresses.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

const blue = networkOf("blue", { subnets: "10.1.0.0/24", "allowed-prefixes": "10.1.0.192/28 fd10::/64" });
const asking = (network: typeof blue, ...texts: readonly string[]) => {
  return () => {
    checkAllowedAddresses([networked({ allowedAddresses: texts }, network, [])]);
  };
};

test("addresses and prefixes inside a permitted prefix pass", () => {
  asking(blue, "10.1.0.200", "10.1.0.192/28", "10.1.0.196/30", "fd10::7")();
});

test("any other one is refused with what the network permits", () => {
  assert.throws(asking(blue, "10.1.0.7"), {
    code: "NotAllowed",
    message: /"10\.1\.0\.7" .*network "blue".*; it permits 10\.1\.0\.192\/28 and fd10::\/64; ask the network's owner/,
  });
  assert.throws(asking(blue, "10.1.0.0/24"), { code: "NotAllowed" }, "wider than permitted");
  assert.throws(asking(networkOf("red", { subnets: "10.2.0.0/24" }), "10.2.0.7"), {
    code: "NotAllowed",
    message: /besides their own addresses; ask/,
  });
});
