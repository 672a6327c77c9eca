import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isWaiting, machinePort, partnersOf, successorOf } from "#src/ipam/index/machine-ports.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import type { FixturePort } from "#test/fixtures/ipam/nb-fixture.ts";
import { keyOf, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const addresses = "0a:58:0a:00:00:05 10.0.0.5";
const claimed: FixturePort = { addresses, claim: "vm.blue", machine: "vmi" };
const source: FixturePort = { ...claimed, allocation: "a", pod: "launcher-a", podUid: "u-a" };
const target: FixturePort = { ...claimed, allocation: "b", pod: "launcher-b", podUid: "u-b", waits: true };

function nbWith(ports: Readonly<Record<string, FixturePort>>) {
  const told: string[] = [];
  const nb = new NbFixture({ heldTwice: (_state, uuid) => told.push(uuid) });
  const switchUuid = nb.addSwitch("blue", "10.0.0.0/24");
  const uuids = Object.entries(ports).map(([name, port]) => nb.addPort("blue", name, port));
  return { nb, switchUuid, uuids, told };
}

describe("the two ports of a virtual machine that migrates", () => {
  it("share their addresses, which nobody else gets, also when the one that has them is gone", () => {
    const { nb, uuids } = nbWith({ a: source, b: target });
    const [a = "", b = ""] = uuids;
    assert.deepEqual([isWaiting(nb.index, a), isWaiting(nb.index, b)], [false, true]);
    assert.equal(machinePort(nb.index, b)?.addresses, addresses);
    assert.deepEqual(partnersOf(nb.index, a), [b]);
    const asked = () => planPorts(requestOf(portRequest("blue", ["10.0.0.5"])), nb.view);
    assert.throws(asked, /AddressInUse/);
    nb.removePort("blue", "a");
    assert.throws(asked, /AddressInUse: .*is in use by pod default\/launcher-b/);
  });

  it("leave the addresses to each other, and the last one to the claim", () => {
    const { nb, switchUuid, uuids } = nbWith({ a: source, b: target });
    const [a = "", b = ""] = uuids;
    const seen = (uuid: string) => {
      const next = successorOf(nb.index, uuid);
      return [next?.port.uuid, next?.waits, nb.index.keepsOf(uuid, switchUuid)?.addresses];
    };
    assert.deepEqual(seen(a), [b, true, undefined]);
    assert.deepEqual(seen(b), [a, false, undefined]);
    nb.removePort("blue", "a");
    assert.deepEqual(seen(b), [undefined, undefined, addresses]);
  });

  it("leave the addresses to the claim while the new pod is not stored, for it may be taken back", () => {
    const { nb, switchUuid, uuids } = nbWith({ a: source, b: { ...target, podUid: "" } });
    const [a = "", b = ""] = uuids;
    assert.equal(successorOf(nb.index, a), undefined);
    assert.equal(nb.index.keepsOf(a, switchUuid)?.addresses, addresses);
    // Taken back, it leaves nothing: the other pod has the addresses.
    assert.equal(nb.index.keepsOf(b, switchUuid), undefined);
  });

  it("are of one machine: a pod of another one with the same claim is a clash", () => {
    const { nb, uuids } = nbWith({ a: source, b: { ...target, machine: "other" } });
    assert.deepEqual([partnersOf(nb.index, uuids[0] ?? ""), successorOf(nb.index, uuids[0] ?? "")], [[], undefined]);
  });

  it("are two also when somebody edited the addresses of one, which are read from its port security then", () => {
    const { nb, uuids } = nbWith({ a: source, b: target });
    const [a = "", b = ""] = uuids;
    for (const edited of [[], [""], ["dynamic"]]) {
      nb.set(logicalSwitchPort, a, { addresses: edited });
      assert.deepEqual([partnersOf(nb.index, b), machinePort(nb.index, a)?.addresses], [[a], addresses]);
      nb.set(logicalSwitchPort, a, { port_security: [] });
      assert.deepEqual([partnersOf(nb.index, b), machinePort(nb.index, a)], [[a], undefined]);
      nb.set(logicalSwitchPort, a, { port_security: [addresses] });
    }
  });

  it("clash with everybody else", () => {
    const { nb, uuids, told } = nbWith({ a: source, b: target });
    const other = nb.addPort("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.5" });
    assert.equal(told.at(-1), other);
    const [state] = nb.index.switchesOf(other);
    assert.deepEqual(state?.ips.of(keyOf("10.0.0.5")), [...uuids, other]);
  });
});
