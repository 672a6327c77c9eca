import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SwitchState } from "#src/ipam/index/switch-state.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";
import type { Network } from "#src/ovn/network.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { ipOf, keyOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";

function network(subnets: string, gateways: string): Network {
  const ids = new Map([
    [externalId("subnets"), subnets],
    [externalId("gateways"), gateways],
  ]);
  return networkFromSwitch("u", { name: "blue", other_config: new Map(), external_ids: ids }, []);
}

function stateOf(subnets: string, gateways: string, randomBelow = () => 0n): SwitchState {
  return new SwitchState("u", network(subnets, gateways), { cooldownMs: 60_000, randomBelow });
}

describe("the state of a switch", () => {
  it("starts the rotor of each pool at a random place of it", () => {
    const asked: bigint[] = [];
    const state = new SwitchState("u", network("10.0.0.0/29,10.1.0.0/28", "10.0.0.1,10.1.0.1"), {
      cooldownMs: 0,
      randomBelow: (below) => {
        asked.push(below);
        return below - 1n;
      },
    });
    assert.deepEqual(asked, [6n, 14n], "one more than the pool has addresses");
    assert.deepEqual(
      state.pools.map(({ rotor, subnet }) => rotor - subnet.cidr.first.value),
      [5n, 13n],
    );
  });

  it("goes on at another random place when it is scattered", () => {
    let place = 0n;
    const state = stateOf("10.0.0.0/29", "10.0.0.1", () => place);
    const rotors = () => state.pools.map(({ rotor, subnet }) => rotor - subnet.cidr.first.value);
    assert.deepEqual(rotors(), [0n]);
    place = 4n;
    state.scatter();
    assert.deepEqual(rotors(), [4n]);
  });

  it("sorts its pools by family, IPv4 first, and gives what is free in the scarcer family", () => {
    const state = stateOf("fd00::/64,10.0.0.0/29,10.1.0.0/29", "10.0.0.1,10.1.0.1");
    assert.deepEqual(
      [...state.poolsByFamily].map(([family, pools]) => [family, pools.length]),
      [
        [4, 2],
        [6, 1],
      ],
    );
    assert.equal(state.freeCount(), 10n);
  });

  it("keeps an address taken until the last of its holders is gone", () => {
    const state = stateOf("10.0.0.0/29", "10.0.0.1");
    const held = { macs: [macOf("0a:00:00:00:00:01")], ips: [ipOf("10.0.0.2")] };
    assert.equal(state.addHolder("a", held), false);
    assert.equal(state.addHolder("b", { ...held, macs: [] }), true, "the address");
    assert.equal(state.addHolder("c", { ...held, ips: [] }), true, "the MAC");
    state.removeHolder("a", held);
    assert.equal(state.freeCount(), 4n);
    state.removeHolder("b", { ...held, macs: [] });
    assert.equal(state.freeCount(), 5n);
    assert.deepEqual(state.macs.of(macOf("0a:00:00:00:00:01")), ["c"]);
  });

  it("knows its holders in a subnet that is added later, and keeps the rotors of those that stay", () => {
    const state = stateOf("10.0.0.0/29", "10.0.0.1");
    for (const holder of ["a", "b"]) state.addHolder(holder, { macs: [], ips: [ipOf("10.1.0.2")] });
    const [pool] = state.pools;
    assert.ok(pool);
    pool.rotor += 3n;
    state.configure(network("10.0.0.0/29,10.1.0.0/29", "10.0.0.2,10.1.0.1"));
    const [after] = state.pools;
    assert.deepEqual(
      [after?.rotor, after?.space.isUsable(ipOf("10.0.0.2"))],
      [pool.rotor, false],
      "the gateway of now",
    );
    assert.equal(state.freeCount(), 9n);
    for (const holder of ["a", "b"]) state.removeHolder(holder, { macs: [], ips: [ipOf("10.1.0.2")] });
    assert.equal(state.freeCount(), 10n);
  });

  it("counts open reservations by pool and namespace, each in the pool that has its address now", () => {
    const state = stateOf("10.0.0.0/24", "10.0.0.1");
    const open = (uuid: string, namespace: string, ip: string): void => {
      state.openReservation(uuid, { namespace, allocation: uuid, ips: [ipOf(ip)] });
    };
    open("p1", "a", "10.0.0.5");
    open("p2", "a", "10.0.0.70");
    open("p3", "b", "10.0.0.6");
    open("p3", "b", "10.0.0.6");
    const counts = (pool?: string) => ["a", "b", "c"].map((name) => state.reservations.of(name, pool));
    assert.deepEqual([counts(), state.reservations.in(undefined)], [[2, 1, 0], 3]);
    const ranges = [{ first: ipOf("10.0.0.64"), last: ipOf("10.0.0.127") }];
    state.configure({ ...state.network, pools: [{ name: "front", ranges, admits: undefined }] });
    assert.deepEqual([counts(), counts("front"), state.reservations.onSwitchOf("a")], [[1, 1, 0], [1, 0, 0], 2]);
    state.closeReservation("p2");
    state.closeReservation("p2");
    assert.deepEqual(
      [counts("front"), [...state.reservations.namespacesIn(undefined)]],
      [
        [0, 0, 0],
        ["a", "b"],
      ],
    );
  });

  it("keeps released addresses in cooldown until their time is over", () => {
    const state = stateOf("10.0.0.0/29", "10.0.0.1");
    state.coolDown([ipOf("10.0.0.2")], 0);
    assert.deepEqual(
      [59_999, 60_000].map((now) => state.cooldown.has(keyOf("10.0.0.2"), now)),
      [true, false],
    );
  });

  it("passes over addresses in cooldown also after its settings changed, and takes them when their time is over", () => {
    const state = stateOf("10.0.0.0/29", "10.0.0.1");
    const next = () => state.pools[0]?.space.nextFree(0n);
    state.coolDown([ipOf("10.0.0.2")], 0);
    assert.deepEqual(next(), ipOf("10.0.0.3"));
    state.configure(state.network);
    assert.deepEqual(next(), ipOf("10.0.0.3"));
    state.endCooldowns(60_000);
    assert.deepEqual(next(), ipOf("10.0.0.2"));
  });
});
