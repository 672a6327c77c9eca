import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClaimRequest, PoolChoice, PortRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { refused } from "#test/assertions/refused.ts";
import { ipOf, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const pools = [
  { name: "front", range: "10.0.0.8..10.0.0.9 fd00::8..fd00::9" },
  { name: "back", range: "10.0.0.12/31" },
];

/** The hosts .2 to .14, of which the pools have .8, .9, .12 and .13. */
function blue(): NbFixture {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/28,fd00::/64", { gateways: "10.0.0.1,fd00::1", pools: JSON.stringify(pools) });
  return nb;
}

const choosing = (name: string | undefined, more: Partial<PoolChoice> = {}): PoolChoice => ({
  field: "interface[0].pool",
  name,
  isAsked: name !== undefined,
  permitted: new Set(["front", "back"]),
  ...more,
});
const port = (pool: PoolChoice | undefined, addresses: readonly string[] = []): PortRequest => ({
  ...portRequest("blue", addresses),
  pool,
});
const plan = (nb: NbFixture, ...ports: readonly PortRequest[]): readonly string[] =>
  planPorts(requestOf(...ports), nb.view).map(({ addresses }) => addresses.map(({ ip }) => printIp(ip)).join(" "));

describe("pools of a network", () => {
  it("gives addresses of a pool to those who choose it, and to nobody else", () => {
    const nb = blue();
    const everybody = plan(nb, ...Array.from({ length: 9 }, () => port(undefined)));
    assert.deepEqual(
      everybody.map((text) => text.split(" ")[0]),
      ["2", "3", "4", "5", "6", "7", "10", "11", "14"].map((host) => `10.0.0.${host}`),
    );
    assert.deepEqual(plan(nb, port(choosing("front")), port(choosing("front"))), [
      "10.0.0.8 fd00::8",
      "10.0.0.9 fd00::9",
    ]);
  });

  it("gives an address that is in no pool where the chosen one has none of the family", () => {
    const [given] = plan(blue(), port(choosing("back")));
    assert.deepEqual(given, "10.0.0.12 fd00::c");
  });

  it("tells by name which pool has nothing left, while others have", () => {
    const nb = blue();
    nb.addPort("blue", "a", { addresses: "0a:58:00:00:00:01 10.0.0.8" });
    nb.addPort("blue", "b", { addresses: "0a:58:00:00:00:02 10.0.0.9" });
    assert.deepEqual(
      refused(() => plan(nb, port(choosing("front")))),
      {
        code: "PoolExhausted",
        field: "interface[0].pool",
        reason: 'is a pool of the network "blue" and has no free IPv4 address left of 2',
      },
    );
    assert.equal(plan(nb, port(undefined)).length, 1);
    const full = refused(() => plan(nb, ...Array.from({ length: 10 }, () => port(undefined))));
    assert.match(full.reason, /left of 9, besides those of its pools$/);
  });

  it("refuses an address of a pool to those who did not choose it, and says what to write", () => {
    const nb = blue();
    const { code, field, reason } = refused(() => plan(nb, port(choosing(undefined), ["10.0.0.8"])));
    assert.equal(`${code} ${field}`, "AddressReserved interface[0].ipAddress");
    assert.match(reason, /belongs to the pool "front" of the network "blue"/);
    assert.equal(refused(() => plan(nb, portRequest("blue", ["10.0.0.12"]))).code, "AddressReserved");
    assert.equal(refused(() => plan(nb, port(choosing("back"), ["10.0.0.8"]))).code, "AddressReserved");
    assert.deepEqual(plan(nb, port(choosing("front"), ["10.0.0.8"])), ["10.0.0.8 fd00::8"]);
  });

  it("refuses an address outside of the pool that the same request names, and takes it when a label chose", () => {
    const nb = blue();
    assert.equal(refused(() => plan(nb, port(choosing("front"), ["10.0.0.2"]))).code, "AddressOutOfRange");
    assert.deepEqual(plan(nb, port(choosing("front", { isAsked: false }), ["10.0.0.2"])), ["10.0.0.2 fd00::8"]);
    assert.deepEqual(plan(nb, port(choosing("back"), ["fd00::99"])), ["10.0.0.12 fd00::99"], "back has no IPv6");
  });

  it("refuses a name that is none of its pools, and lists them", () => {
    const nb = blue();
    assert.equal(refused(() => plan(nb, port(choosing("fronts")))).code, "UnknownPool");
    nb.addSwitch("red", "10.9.0.0/28", {});
    const { code, reason } = refused(() => plan(nb, { ...portRequest("red"), pool: choosing("front") }));
    assert.deepEqual([code, reason], ["UnknownPool", 'is no pool of the network "red"']);
  });

  it("refuses a pool that the namespace may not choose, by request or label", () => {
    const asked = refused(() => plan(blue(), port(choosing("front", { permitted: new Set(["back"]) }))));
    assert.deepEqual([asked.code, asked.field], ["NotAllowed", "interface[0].pool"]);
    const labelled = choosing("front", { permitted: new Set(), isAsked: false });
    const { code, field } = refused(() => plan(blue(), port(labelled)));
    assert.deepEqual([code, field], ["NotAllowed", "label k8s.plugin.opnfv.org/pool of the namespace"]);
  });

  const claim: ClaimRequest = { field: "interface[0].claim", name: "db", network: "blue", addresses: [] };
  const target = { uid: "vmi", isTarget: true };
  const held = { addresses: "0a:58:00:00:00:08 10.0.0.8", claim: "db" };
  const told = { ...claim, addresses: [{ ip: ipOf("10.0.0.8"), prefixLength: undefined }] };
  const launcher = { ...held, allocation: "a", pod: "launcher-a", podUid: "u", machine: "vmi" };
  for (const [what, asked, row] of [
    ["its row keeps", claim, held],
    ["its object was told", { ...told, isKept: true }, undefined],
    ["the pod has from which its machine migrates", { ...claim, machine: target }, launcher],
  ] as const)
    it(`lets a claim have the address that ${what}, in whatever pool, also when the chosen one is gone or forbidden`, () => {
      const nb = blue();
      if (row !== undefined) nb.addPort("blue", "row", row);
      const nobody = { permitted: new Set<string>() };
      for (const chosen of [undefined, choosing(undefined, nobody), choosing("back", nobody), choosing("gone")])
        assert.deepEqual(plan(nb, { ...port(chosen), claim: asked }), ["10.0.0.8"]);
    });

  it("holds the first addresses of a claim against the pools as those of any pod", () => {
    const first = (pool: PoolChoice, address: string) => plan(blue(), { ...port(pool, [address]), claim });
    assert.equal(refused(() => first(choosing(undefined), "10.0.0.8")).code, "AddressReserved");
    assert.equal(refused(() => first(choosing("front"), "10.0.0.2")).code, "AddressOutOfRange");
    assert.equal(refused(() => first(choosing("gone"), "10.0.0.2")).code, "UnknownPool");
    assert.deepEqual(first(choosing("front"), "10.0.0.9"), ["10.0.0.9 fd00::9"]);
  });

  it("holds addresses that somebody wrote into a claim against the pools as those that any pod asks for", () => {
    const first = (pool?: PoolChoice) => plan(blue(), { ...port(pool), claim: told });
    const nobody = { permitted: new Set<string>() };
    for (const pool of [undefined, choosing(undefined, nobody)]) {
      const { code, field } = refused(() => first(pool));
      assert.deepEqual([code, field], ["AddressReserved", "interface[0].claim"]);
    }
    assert.equal(refused(() => first(choosing("front", nobody))).code, "NotAllowed");
    assert.equal(refused(() => first(choosing("gone"))).code, "UnknownPool");
    assert.deepEqual(first(choosing("front")), ["10.0.0.8"]);
  });

  it("keeps in mind where it stopped in a pool, and what is held, when its range grows", () => {
    const nb = blue();
    nb.addPort("blue", "a", { addresses: "0a:58:00:00:00:01 10.0.0.8 fd00::8" });
    const [state] = nb.index.named("blue");
    assert.ok(state);
    assert.equal(state.freeCount("front"), 1n);
    assert.equal(state.freeCount(), 9n);
    const grown = [{ name: "front", range: "10.0.0.8..10.0.0.11 fd00::8..fd00::f" }];
    const uuid = nb.uuidOf(logicalSwitch, "blue");
    const ids = nb.rows(logicalSwitch).get(uuid)?.external_ids ?? new Map<string, string>();
    nb.set(logicalSwitch, uuid, { external_ids: new Map([...ids, [externalId("pools"), JSON.stringify(grown)]]) });
    assert.equal(state.freeCount("front"), 3n);
    assert.deepEqual([...state.namedPools.keys()], ["front"]);
    assert.deepEqual(plan(nb, port(choosing("front"))), ["10.0.0.9 fd00::9"]);
  });
});
