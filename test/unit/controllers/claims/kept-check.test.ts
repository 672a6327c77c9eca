import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { whyNotGiven } from "#src/controllers/claims/kept-check.ts";
import { parseIp } from "#src/net/ip.ts";
import { macOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const name = { cluster: "", namespace: "shop", name: "db" };
const mac = macOf("0a:58:0a:00:00:05");

function why(ips: readonly string[], settings: Parameters<NbFixture["addSwitch"]>[2] = {}, more: object = {}) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24", settings);
  const parsed = ips.map((ip) => parseIp(ip)).filter((ip) => ip !== undefined);
  const rules = { index: nb.index, anySwitch: false, ...more };
  return whyNotGiven({ name, kept: { network: "blue", mac }, ips: parsed, labels: {} }, rules);
}

describe("what a claim says", () => {
  it("is kept again when a pod of its namespace could get it", () => {
    assert.equal(why(["10.0.0.5", "10.0.0.6"]), undefined);
    assert.equal(why(["10.0.0.5"], { "allowed-namespaces": "shop" }), undefined);
    assert.equal(why(["10.0.0.5"], { "allowed-namespaces": "bank" }, { anySwitch: true }), undefined);
  });

  it("is kept again with an address of a pool that the namespace may not choose by now", () => {
    const pools = JSON.stringify([{ name: "front", range: "10.0.0.4/30", allowed: { names: ["bank"] } }]);
    assert.equal(why(["10.0.0.5"], { pools }), undefined);
  });

  const refused: readonly (readonly [string, Parameters<typeof why>, RegExp])[] = [
    ["a network of others", [["10.0.0.5"], { "allowed-namespaces": "bank" }], /"blue" does not admit pods of .*"shop"/],
    ["an address outside", [["10.9.0.5"]], /"10\.9\.0\.5" is outside the network "blue"/],
    ["the gateway", [["10.0.0.1"], { gateways: "10.0.0.1" }], /"10\.0\.0\.1" is the gateway of/],
    ["an address that is excluded", [["10.0.0.9"], { "exclude-ips": "10.0.0.9" }], /"10\.0\.0\.9" is excluded from/],
    ["the broadcast address", [["10.0.0.255"]], /is the network or broadcast address/],
    ["an address twice", [["10.0.0.5", "10.0.0.5"]], /is in use/],
    [
      "a pool",
      [Array.from({ length: 17 }, (_, n) => `10.0.0.${(n + 2).toString()}`)],
      /the status names more than 16 addresses/,
    ],
  ];
  for (const [what, asked, says] of refused)
    it(`is not kept again when that is ${what}`, () => {
      assert.match(why(...asked) ?? "", says);
    });

  it("is not kept again with a MAC that no interface can have", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/24");
    const kept = { network: "blue", mac: macOf("01:00:5e:00:00:05") };
    const rules = { index: nb.index, anySwitch: false };
    assert.match(whyNotGiven({ name, kept, ips: [], labels: {} }, rules) ?? "", /is a group address/);
  });
});
