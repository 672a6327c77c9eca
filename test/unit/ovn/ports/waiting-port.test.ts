// A pod to which a virtual machine migrates, on its way to NB.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MachinePod } from "#src/api/pod/machine-pod.ts";
import type { ClaimRequest } from "#src/ipam/allocation.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { deleteHeldPorts } from "#src/ovn/ports/port-operations.ts";
import { type FixturePort, portRequest } from "#test/fixtures/ipam/nb-fixture.ts";
import { Committing, ipGiven } from "#test/unit/ipam/committing.ts";

const addresses = "0a:58:0a:00:00:05 10.0.0.5";
const claim: ClaimRequest = { field: "networks[0]", name: "vm.blue", network: "blue", addresses: [] };
const claimed: FixturePort = { addresses, claim: "vm.blue", machine: "vmi", cluster: "cluster" };
const source: FixturePort = { ...claimed, allocation: "a", pod: "launcher-a", podUid: "u-a" };
const asking = (machine: MachinePod | undefined, mac?: string) => ({
  ...portRequest("blue", [], mac),
  claim: { ...claim, machine },
});
const target = asking({ uid: "vmi", isTarget: true });

function migrating(port: FixturePort = source) {
  const test = new Committing();
  test.nb.addPort("blue", "a", port);
  return test;
}

/** Reads a port in NB: its addresses, and those with which it waits. */
function rowOf({ nb }: Committing, name: string) {
  const row = [...nb.rows(logicalSwitchPort).values()].find((one) => one.name === name);
  return row && [row.addresses.join(), row.port_security.join(), row.external_ids.get(externalId("waits-with"))];
}

/** Ends the pod from which the machine migrates, as a controller does that has not seen the other one yet. */
function endSource({ nb }: Committing) {
  const uuid = nb.uuidOf(logicalSwitchPort, "a");
  const switchUuid = nb.index.switchesOf(uuid)[0]?.uuid ?? "";
  return deleteHeldPorts([{ ...nb.index.refOf(uuid, switchUuid), allocation: "a", podUid: "u-a" }]);
}

describe("the pod to which a virtual machine migrates", () => {
  it("gets the addresses of the other pod, and waits with them", async () => {
    const test = migrating();
    const session = await test.connect();
    const caller = test.ask(target);
    await session.run();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(rowOf(test, "a1-net1"), ["", "", addresses]);
    assert.deepEqual(rowOf(test, "a"), [addresses, addresses, undefined]);
  });

  it("is taken back without a trace", async () => {
    const test = migrating();
    const session = await test.connect();
    const caller = test.ask(target);
    await session.run();
    assert.ok(caller.allocation);
    const done = test.committer.rollBack(caller.allocation);
    await session.run();
    await done;
    assert.deepEqual(test.claimed, [`vm.blue a ${addresses}`]);
  });

  it("finds its row after a lost reply, and is planned again", async () => {
    const test = migrating();
    const first = await test.connect();
    const caller = test.ask(target);
    test.nb.commit(...(await first.next()));
    await first.cut();
    assert.deepEqual([test.ports.length, caller.allocation], [2, undefined]);
    const second = await test.connect();
    await second.run();
    await second.run();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(rowOf(test, "a2-net1"), ["", "", addresses]);
    assert.equal(test.ports.length, 2);
  });

  it("takes the place of the kept row when the other pod ended in between", async () => {
    const test = migrating();
    const session = await test.connect();
    const caller = test.ask(target);
    test.nb.hold(...endSource(test));
    await session.run();
    await session.run();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(test.claimed, [`vm.blue a2-net1 ${addresses}`]);
  });

  it("waits beside the kept row when the other pod ended after it, and both guard the addresses", async () => {
    const test = migrating();
    const session = await test.connect();
    const end = endSource(test);
    const caller = test.ask(target);
    test.nb.commit(...(await session.next()), ...end);
    await session.acknowledge();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(test.claimed, ["vm.blue a1-net1 ", `vm.blue kept ${addresses}`]);
  });

  it("is one at most: the next one is refused, and so are two that come at once", async () => {
    const test = migrating();
    const session = await test.connect();
    const callers = [test.ask(target), test.ask(target)];
    await session.run();
    callers.push(test.ask(target));
    await session.runAll();
    assert.deepEqual(
      callers.map(({ allocation, error }) => allocation?.id ?? error?.code),
      ["a1", "ClaimInUse", "ClaimInUse"],
    );
  });

  it("gives way when a target of another replica came first", async () => {
    const test = migrating();
    const session = await test.connect();
    const caller = test.ask(target);
    test.nb.hold(...test.nb.port("blue", "other-net1", { ...claimed, allocation: "other", waits: true }));
    await session.run();
    await session.run();
    assert.equal(caller.error?.code, "ClaimInUse");
    assert.deepEqual(test.ports.toSorted(), ["a", "other-net1"]);
  });

  it("is refused for another machine, without a migration, with another MAC, and beside a pod that is not stored", async () => {
    const cases = [
      [source, asking({ uid: "another", isTarget: true })],
      [source, asking({ uid: "vmi", isTarget: false })],
      [source, asking(undefined)],
      [source, asking({ uid: "vmi", isTarget: true }, "0a:58:0a:00:00:99")],
      [{ ...source, podUid: "" }, target],
      [{ ...source, machine: "another" }, target],
      [{ ...source, waits: true }, target],
    ] as const;
    for (const [port, asked] of cases) {
      const test = migrating(port);
      const session = await test.connect();
      const caller = test.ask(asked);
      await session.runAll();
      assert.equal(caller.error?.code, "ClaimInUse");
      assert.deepEqual(test.ports, ["a"]);
    }
  });

  it("may say the MAC that the machine has", async () => {
    const test = migrating();
    const session = await test.connect();
    const caller = test.ask(asking({ uid: "vmi", isTarget: true }, "0a:58:0a:00:00:05"));
    await session.run();
    assert.equal(caller.allocation?.ports[0]?.mac, "0a:58:0a:00:00:05");
  });
});
