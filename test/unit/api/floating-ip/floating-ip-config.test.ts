import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseFloatingIp } from "#src/api/floating-ip/floating-ip-config.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const spec = { uplink: "west", selector: { matchLabels: { app: "shop" } } };

describe("parseFloatingIp", () => {
  it("reads the uplink, the selector, and the address and network where they are written", () => {
    assert.deepEqual(parseFloatingIp({ spec }), { ...spec, address: undefined, network: undefined, warnings: [] });
    const more = { ...spec, address: "2001:db8::0020", network: "blue" };
    assert.deepEqual(parseFloatingIp({ spec: more }), { ...more, address: ip("2001:db8::20"), warnings: [] });
  });

  it("warns of a selector that selects all pods", () => {
    assert.match(parseFloatingIp({ spec: { ...spec, selector: {} } }).warnings.join(), /selects all pods/);
  });

  const wrong: Readonly<Record<string, readonly [object, RegExp]>> = {
    "no selector": [{ uplink: "west" }, /spec\.selector/],
    "no uplink": [{ selector: {} }, /spec\.uplink/],
    "an address with a mask": [{ ...spec, address: "198.51.100.20/24" }, /spec\.address "198\.51\.100\.20\/24" is not/],
    "a label that no pod can have": [
      { ...spec, selector: { matchLabels: { app: "a b" } } },
      /spec\.selector\.matchLabels\[app\] "a b" is no value/,
    ],
    "a comparison with nothing": [
      { ...spec, selector: { matchExpressions: [{ key: "app", operator: "In" }] } },
      /spec\.selector\.matchExpressions\[0\]\.values is missing/,
    ],
  };
  for (const [what, [object, message]] of Object.entries(wrong)) {
    it(`refuses ${what}, with the field`, () => {
      assert.throws(() => parseFloatingIp({ spec: object }), { code: "Malformed", message });
    });
  }
});
