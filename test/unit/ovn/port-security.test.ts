import assert from "node:assert/strict";
import { test } from "node:test";
import { filterKeys, filterOfPort, type PortFilter, portSecurities, portSecurityOf } from "#src/ovn/port-security.ts";

const addresses = "0a:58:0a:01:00:07 10.1.0.7 fd10::7";
const mac = "0a:58:0a:01:00:07";
const filter = (mode: PortFilter["mode"], ...allowed: readonly string[]): PortFilter => ({ mode, allowed });

test("the filter is by MAC and addresses, by the MAC alone, or there is none", () => {
  assert.deepEqual(portSecurityOf(addresses, filter("full")), [addresses]);
  assert.deepEqual(portSecurityOf(addresses, filter("full", "10.1.0.200")), [`${addresses} 10.1.0.200`]);
  assert.deepEqual(portSecurityOf(addresses, filter("mac", "10.1.0.200")), [mac]);
  assert.deepEqual(portSecurityOf(addresses, filter("off")), []);
});

test("a pod that forwards packets of others is filtered by its MAC, and not at all where nothing is", () => {
  assert.deepEqual(portSecurityOf(addresses, { ...filter("full", "10.1.0.200"), forwards: true }), [mac]);
  assert.deepEqual(portSecurityOf(addresses, { ...filter("off"), forwards: true }), []);
});

test("a port tells by its keys what its filter is", () => {
  for (const mode of portSecurities) {
    for (const one of [filter(mode), filter(mode, "10.1.0.200", "fd10::/64")])
      assert.deepEqual(filterOfPort(new Map(Object.entries(filterKeys(one)))), one);
  }
  assert.deepEqual(filterKeys(filter("full")), {});
});
