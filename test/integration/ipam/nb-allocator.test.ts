import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import type { AppError } from "#src/core/errors.ts";
import { type Allocation, portName } from "#src/ipam/allocation.ts";
import { printIp } from "#src/net/ip.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { dumpWithoutPorts } from "#test/stacks/ipam/dump-without-ports.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

async function serverWith(...switches: readonly (readonly [name: string, subnet: string])[]) {
  const server = await startOvsdbServer();
  await nbctl(server.endpoint, "init");
  for (const [name, subnet] of switches) {
    await nbctl(server.endpoint, "ls-add", name, "--", "set", "logical_switch", name, `other_config:subnet=${subnet}`);
  }
  return server;
}

function ipsOf(allocation: Allocation): readonly string[] {
  return allocation.ports.flatMap(({ addresses }) => addresses.map(({ ip }) => printIp(ip)));
}

describe("allocation in a real Northbound database", () => {
  it("writes port rows and the ports column only, and a rollback removes them", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/24"]);
    await using started = await startAllocator(server.endpoint);
    const before = await dumpWithoutPorts(server.endpoint);
    const allocation = await started.allocator.allocate(podAsking("blue"), within(10));
    assert.deepEqual(await dumpWithoutPorts(server.endpoint), before);
    const [port] = allocation.ports;
    assert.ok(port);
    assert.equal(
      (await nbctl(server.endpoint, "lsp-get-addresses", portName(allocation.id, port))).trim(),
      `${port.mac} ${ipsOf(allocation).join(" ")}`,
    );
    await started.allocator.rollBack(allocation);
    assert.deepEqual(await dumpWithoutPorts(server.endpoint), before);
    assert.equal((await nbctl(server.endpoint, "lsp-list", "blue")).trim(), "");
  });

  it("catches up with what NB has, although nothing of it was read yet", async () => {
    await using server = await serverWith();
    await using started = await startAllocator(server.endpoint);
    const { allocator } = started;
    const { revision } = allocator;
    // This process reads nothing while it waits for the other one.
    execFileSync(ovnBinary("ovn-nbctl"), [`--db=${server.endpoint}`, "ls-add", "late"]);
    assert.deepEqual([allocator.index.named("late").length, allocator.revision], [0, revision]);
    await allocator.catchUp();
    assert.equal(allocator.index.named("late").length, 1);
    assert.notEqual(allocator.revision, revision);
  });

  it("gives out a /26 to the last address from three replicas at once, and none twice", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/26"]);
    await using one = await startAllocator(server.endpoint);
    await using two = await startAllocator(server.endpoint);
    await using three = await startAllocator(server.endpoint);
    const asked = Array.from({ length: 24 }, () => [one, two, three])
      .flat()
      .map(({ allocator }) => allocator.allocate(podAsking("blue"), within(20)));
    const settled = await Promise.allSettled(asked);
    const given = settled.flatMap((each) => (each.status === "fulfilled" ? ipsOf(each.value) : []));
    assert.equal(new Set(given).size, given.length, "an address was given twice");
    // Near the end replicas may take the last addresses from each other. So only one replica asks for the last ones.
    for (let left = 61 - given.length; left > 0; left -= 1) {
      given.push(...ipsOf(await one.allocator.allocate(podAsking("blue"), within(10))));
    }
    assert.equal(new Set(given).size, 61);
    await assert.rejects(one.allocator.allocate(podAsking("blue"), within(10)), /^AppError: PoolExhausted/);
  });

  it("lets a change of a pod that is asked for again take the place of its own reservation, at either replica", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/29"]);
    await using one = await startAllocator(server.endpoint);
    await using two = await startAllocator(server.endpoint);
    const joins = { allocation: "01POD", revision: 1 };
    const change = { ...podAsking("blue", "10.1.0.5"), joins };
    const first = await one.allocator.allocate(change, within(10));
    const [port] = first.ports;
    assert.ok(port);
    const name = portName(first.id, port);
    const second = await two.allocator.allocate({ ...change, joins: { ...joins, revision: 2 } }, within(10));
    const third = await one.allocator.allocate({ ...change, joins: { ...joins, revision: 2 } }, within(10));
    for (const { id, ports } of [second, third])
      assert.deepEqual(
        ports.map((each) => portName(id, each)),
        [name],
      );
    await one.allocator.rollBack(first);
    await two.allocator.rollBack(second);
    const list = await nbctl(server.endpoint, "--bare", "--columns=name", "list", "logical_switch_port");
    assert.equal(list.trim(), name);
    const revision = await nbctl(server.endpoint, "get", "logical_switch_port", name, "external_ids");
    assert.match(revision, /revision"?="2"/);
    await assert.rejects(one.allocator.allocate(podAsking("blue", "10.1.0.5"), within(10)), /^AppError: AddressInUse/);
  });

  it("never takes what a foreign port holds, and reports one that comes later", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/29"]);
    await nbctl(
      server.endpoint,
      "lsp-add",
      "blue",
      "vm",
      "--",
      "lsp-set-addresses",
      "vm",
      "0a:00:00:00:00:01 10.1.0.2",
    );
    await using started = await startAllocator(server.endpoint);
    const { allocator } = started;
    await assert.rejects(
      allocator.allocate(podAsking("blue", "10.1.0.2"), within(10)),
      (error: AppError) => error.code === "AddressInUse" && /port "vm"/.test(error.message),
    );
    const mine = await allocator.allocate(podAsking("blue", "10.1.0.3"), within(10));
    // `lsp-set-addresses` refuses a duplicate, but nothing stops a writer that sets the column.
    const late = 'addresses="0a:00:00:00:00:02 10.1.0.3"';
    await nbctl(server.endpoint, "lsp-add", "blue", "late", "--", "set", "logical_switch_port", "late", late);
    const { newcomer, others } = await started.conflict;
    assert.deepEqual([newcomer.name, others.map(({ name }) => name)], ["late", [`${mine.id}-net1`]]);
  });

  it("reports a router port that takes the address of a port of ours, though the switch's port names none", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/29"]);
    await using started = await startAllocator(server.endpoint);
    const mine = await started.allocator.allocate(podAsking("blue", "10.1.0.3"), within(10));
    const router =
      "lr-add r -- lrp-add r r-blue 0a:00:00:00:00:01 10.1.0.3/29 -- lsp-add blue blue-r -- lsp-set-type blue-r router -- lsp-set-addresses blue-r router -- lsp-set-options blue-r router-port=r-blue";
    await nbctl(server.endpoint, ...router.split(" "));
    const { newcomer, others } = await started.conflict;
    assert.deepEqual([newcomer.name, others.map(({ name }) => name)], ["router port blue-r", [`${mine.id}-net1`]]);
  });

  it("serves again when the database is back, without a restart", async () => {
    await using server = await serverWith(["blue", "10.1.0.0/24"]);
    await using started = await startAllocator(server.endpoint);
    await server.process.stop();
    await assert.rejects(
      started.allocator.allocate(podAsking("blue"), within(0.3)),
      (error: AppError) => error.code === "BackendUnavailable" && /cannot be reached/.test(error.message),
    );
    await server.process.restart();
    await started.allocator.allocate(podAsking("blue"), within(20));
  });
});
