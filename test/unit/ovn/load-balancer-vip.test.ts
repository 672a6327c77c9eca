import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";

const read = (vip: string): string | undefined => {
  const ip = vipAddress(vip);
  return ip && printIp(ip);
};

test("the address of a vip is read with and without a port, in both families", () => {
  const vips = ["10.0.0.1:80", "10.0.0.1", "[fd00::1]:80", "[fd00::1]", "fd00::1", "::ffff:10.0.0.1"];
  assert.deepEqual(vips.map(read), ["10.0.0.1", "10.0.0.1", "fd00::1", "fd00::1", "fd00::1", "::ffff:10.0.0.1"]);
});

test("a template's variable, a name or a broken text has no address", () => {
  for (const vip of ["^vip:^port", "web:80", "", "[]:80", "10.0.0:80", "0a:00:00:00:00:01"]) {
    assert.equal(read(vip), undefined, vip);
  }
});
