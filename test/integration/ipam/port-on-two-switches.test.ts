import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

test("an allocator starts where a port is on two switches, and serves both without giving its address away", async () => {
  await using server = await startOvsdbServer();
  const nbctl = (...args: readonly string[]) => mustRun(ovnBinary("ovn-nbctl"), [`--db=${server.endpoint}`, ...args]);
  const command = (name: string) => ["--", "set", "Logical_Switch", name, "other_config:subnet=10.1.0.0/29"];
  await nbctl("ls-add", "blue", "--", "ls-add", "red", ...command("blue"), ...command("red"));
  await nbctl("lsp-add", "blue", "vm", "--", "lsp-set-addresses", "vm", "0a:00:00:00:00:01 10.1.0.2");
  const living = await startAllocator(server.endpoint);
  const found = await nbctl("--bare", "--columns=_uuid", "find", "Logical_Switch_Port", "name=vm");
  const uuid = found.trim();
  await nbctl("add", "Logical_Switch", "red", "ports", uuid);
  const started = await startAllocator(server.endpoint);
  try {
    for (const { allocator } of [living, started]) {
      assert.deepEqual(
        allocator.index
          .switchesOf(uuid)
          .map(({ network }) => network.name)
          .sort(),
        ["blue", "red"],
      );
      for (const network of ["blue", "red"]) {
        const { ports } = await allocator.allocate(podAsking(network), within(20));
        assert.notEqual(ports[0]?.addresses.map(({ ip }) => printIp(ip))[0], "10.1.0.2");
      }
    }
    await nbctl("lsp-del", "vm");
    await assert.doesNotReject(started.allocator.allocate(podAsking("red"), within(20)));
  } finally {
    await living[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  }
});
