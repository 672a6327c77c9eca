import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decideHold,
  floatingIpCures,
  type HoldInput,
  isUntold,
  poolsOf,
} from "#src/controllers/holds/hold-decision.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const gateway: FloatingGateway = {
  uplink: "west",
  routerUuid: "r",
  providerNetwork: undefined,
  ranges: [{ first: ip("198.51.100.20"), last: ip("198.51.100.29") }],
  allowedNamespaces: "*",
  namespaceSelector: undefined,
  limit: 2,
};
const config = { uplink: "west", address: undefined, selector: {}, network: undefined, warnings: [] };
const decide = (more: Partial<HoldInput> = {}) =>
  decideHold({
    config,
    namespace: "shop",
    held: undefined,
    told: undefined,
    uplink: { kind: "there", gateway },
    isAdmitted: true,
    count: 0,
    takenBy: () => undefined,
    families: [4, 6],
    choose: () => ip("198.51.100.23"),
    cures: floatingIpCures,
    ...more,
  });
const refused = (more: Partial<HoldInput>) => {
  const decision = decide(more);
  assert.ok(decision.kind === "none");
  return decision;
};
const asking = { ...config, address: ip("198.51.100.20") };

describe("the address of a FloatingIP", () => {
  it("is the one that it asks for, else a free one of the Uplink", () => {
    assert.deepEqual(decide({ config: asking }), { kind: "take", address: ip("198.51.100.20") });
    assert.deepEqual(decide(), { kind: "take", address: ip("198.51.100.23") });
  });

  it("is again the one that its status names, when NB has lost the row", () => {
    assert.deepEqual(decide({ told: ip("198.51.100.25") }), { kind: "take", address: ip("198.51.100.25") });
    const { reason, waitsFor } = refused({ told: ip("198.51.100.25"), takenBy: () => "somebody else" });
    assert.deepEqual([reason, waitsFor], ["AddressInUse", "address 198.51.100.25"]);
  });

  it("is kept, whatever became of pool and limit", () => {
    const smaller = { kind: "there", gateway: { ...gateway, ranges: [], limit: 1 } } as const;
    const held = ip("198.51.100.20");
    assert.deepEqual(decide({ held, uplink: smaller, count: 7 }), { kind: "keep", address: held });
  });

  const reasons: Readonly<Record<string, readonly [Partial<HoldInput>, RegExp, string?]>> = {
    UnknownUplink: [{ uplink: { kind: "unknown" }, held: ip("198.51.100.20") }, /there is no Uplink west: make it/],
    WaitsForUplink: [{ uplink: { kind: "waits", message: "no switch" } }, /not made yet: no switch/],
    NamespaceNotAllowed: [
      { isAdmitted: false, held: ip("198.51.100.20") },
      /to the namespace shop: its owner writes shop/,
    ],
    NoFloatingAddresses: [{ uplink: { kind: "there", gateway: { ...gateway, ranges: [] } } }, /has no spec\.floating/],
    AddressNotInPool: [{ config: { ...config, address: ip("203.0.113.1") } }, /203\.0\.113\.1 is not an address that/],
    AddressInUse: [
      { config: asking, takenBy: () => "the older FloatingIP first" },
      /198\.51\.100\.20 is held by the older FloatingIP first: make another one/,
      "address 198.51.100.20",
    ],
    LimitReached: [{ count: 2 }, /has 2 of at most 2 addresses/, "limit west shop"],
    PoolExhausted: [{ choose: () => undefined }, /all addresses of the Uplink west are held/, "pool west"],
  };
  for (const [name, [input, message, waitsFor]] of Object.entries(reasons)) {
    it(`is none with ${name}, and the message says what to do`, () => {
      const decision = refused(input);
      assert.equal(decision.reason, name);
      assert.match(decision.message, message);
      assert.equal(decision.waitsFor, waitsFor);
    });
  }

  it("is waited for by family where only one is asked for, so that nobody stands in the way of the other", () => {
    assert.equal(refused({ families: [6], choose: () => undefined }).waitsFor, "pool west IPv6");
    assert.deepEqual(poolsOf("west"), ["pool west", "pool west IPv4", "pool west IPv6"]);
  });

  it("is told of when the status names it", () => {
    const held = ip("198.51.100.20");
    assert.deepEqual(
      [isUntold(held, undefined), isUntold(held, ip("198.51.100.21")), isUntold(held, held)],
      [true, true, false],
    );
  });
});
