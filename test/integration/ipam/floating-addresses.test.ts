import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Allocation } from "#src/ipam/allocation.ts";
import type { AppError } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { addFloatingUplink, podAskingOutside, rulesIn } from "#test/stacks/ipam/floating-uplink.ts";
import { startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

async function serverWith(addresses: string, settings = {}) {
  const server = await startOvsdbServer();
  await nbctl(server.endpoint, "init", "--", "ls-add", "blue");
  await nbctl(server.endpoint, "set", "logical_switch", "blue", "other_config:subnet=10.1.0.0/16");
  await addFloatingUplink(server.endpoint, "blue", addresses, settings);
  return server;
}

function outsideOf({ ports }: Allocation): string {
  const [port] = ports;
  assert.ok(port?.floating);
  return printIp(port.floating.externalIp);
}

describe("floating addresses in a real Northbound database", () => {
  it("come with the port in one transaction, and go with it", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29");
    await using started = await startAllocator(server.endpoint);
    const allocation = await started.allocator.allocate(podAskingOutside("blue", "198.51.100.25"), within(10));
    const [port] = allocation.ports;
    const logicalIp = printIp(port?.addresses[0]?.ip ?? { family: 4, value: 0n });
    assert.deepEqual(await rulesIn(server.endpoint), [`198.51.100.25 ${logicalIp}`]);
    await assert.rejects(
      started.allocator.allocate(podAskingOutside("blue", "198.51.100.25"), within(10)),
      (error: AppError) => error.code === "AddressInUse",
    );
    await started.allocator.rollBack(allocation);
    assert.deepEqual(await rulesIn(server.endpoint), []);
    const again = await started.allocator.allocate(podAskingOutside("blue", "198.51.100.25"), within(10));
    assert.equal(outsideOf(again), "198.51.100.25");
  });

  it("are handed out to the last one by three replicas, none twice", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.79");
    await using one = await startAllocator(server.endpoint);
    await using two = await startAllocator(server.endpoint);
    await using three = await startAllocator(server.endpoint);
    const allocators = [one, two, three].map(({ allocator }) => allocator);
    const asked = Array.from({ length: 20 }, () => allocators)
      .flat()
      .map((allocator) => allocator.allocate(podAskingOutside("blue"), within(20)));
    const settled = await Promise.allSettled(asked);
    const given = settled.flatMap((each) => (each.status === "fulfilled" ? [outsideOf(each.value)] : []));
    // Near the end replicas may take the last addresses from each other. So only one replica asks for the last ones.
    for (let left = 60 - given.length; left > 0; left -= 1) {
      given.push(outsideOf(await one.allocator.allocate(podAskingOutside("blue"), within(10))));
    }
    assert.equal(new Set(given).size, 60, "an address was given twice");
    const rules = await rulesIn(server.endpoint);
    assert.deepEqual(rules.map((rule) => rule.split(" ")[0]).sort(), [...given].sort());
    await assert.rejects(
      one.allocator.allocate(podAskingOutside("blue"), within(10)),
      (error: AppError) => error.code === "PoolExhausted",
    );
  });

  it("are no more for a namespace than its limit, whatever the replicas let in together", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.79", { "floating-limit": "5" });
    await using one = await startAllocator(server.endpoint);
    await using two = await startAllocator(server.endpoint);
    const asked = Array.from({ length: 12 }, (_, n) =>
      (n % 2 === 0 ? one : two).allocator.allocate(podAskingOutside("blue"), within(20)),
    );
    const settled = await Promise.allSettled(asked);
    assert.ok(settled.filter(({ status }) => status === "fulfilled").length <= 5);
    const reasons = settled.flatMap((each) => (each.status === "rejected" ? [(each.reason as AppError).code] : []));
    assert.deepEqual([...new Set(reasons)], ["LimitReached"]);
    assert.ok((await rulesIn(server.endpoint)).length <= 5);
  });

  it("yield to a rule that somebody else commits first, and tell of one that comes later", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.21");
    await nbctl(
      server.endpoint,
      "lr-add",
      "theirs",
      "--",
      "lr-nat-add",
      "theirs",
      "dnat_and_snat",
      "198.51.100.20",
      "10.9.0.9",
    );
    await using started = await startAllocator(server.endpoint);
    const mine = await started.allocator.allocate(podAskingOutside("blue"), within(10));
    assert.equal(outsideOf(mine), "198.51.100.21");
    await nbctl(server.endpoint, "lr-nat-add", "theirs", "dnat_and_snat", "198.51.100.21", "10.9.0.8");
    const conflict = await started.conflict;
    assert.equal(conflict.network, "west");
    assert.deepEqual(
      conflict.others.map(({ owner }) => owner?.allocation),
      [mine.id],
    );
  });
});
