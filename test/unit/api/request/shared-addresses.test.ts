import assert from "node:assert/strict";
import { it } from "node:test";
import { parseInterface } from "#src/api/request/interface-request.ts";
import { refuseSharedAddresses } from "#src/api/request/shared-addresses.ts";
import { refused } from "../refused.ts";

const interfaces = (...elements: Record<string, string>[]) =>
  elements.map((element, index) => parseInterface(element, `f: [${index}]`, []));

it("one address or MAC twice on one network is refused", () => {
  const address = interfaces({ name: "a", ipAddress: "fd00::7" }, { name: "a", ipAddress: "fd00:0::7/64" });
  assert.equal(
    refused(() => {
      refuseSharedAddresses(address);
    }).field,
    "f: [1]",
  );
  const mac = interfaces(
    { name: "a", macAddress: "0a:00:00:00:00:01" },
    { name: "a", macAddress: "0A:00:00:00:00:01" },
  );
  assert.match(
    refused(() => {
      refuseSharedAddresses(mac);
    }).reason,
    /on network "a" by f: \[0\] as well/,
  );
});

it("two networks may have one address each", () => {
  refuseSharedAddresses(interfaces({ name: "a", ipAddress: "10.1.0.7" }, { name: "b", ipAddress: "10.1.0.7" }));
});
