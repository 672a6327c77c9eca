// Binding and release as the controller sends them. A full dump shows that only port rows and `ports` change.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Operation } from "ovsdb-client";
import { printParameters } from "#packages/ovsdb-client/src/connection/printed-json.ts";
import { portName } from "#src/ipam/allocation.ts";
import { bindPort, deleteHeldPorts } from "#src/ovn/ports/port-operations.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { dumpWithoutPorts } from "#test/stacks/ipam/dump-without-ports.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

interface Result {
  readonly count?: number;
  readonly error?: string;
}

async function transact(endpoint: string, operations: readonly Operation[]): Promise<readonly (Result | null)[]> {
  const parameters = printParameters(["OVN_Northbound", ...operations]);
  return JSON.parse(await mustRun(ovnBinary("ovsdb-client"), ["transact", endpoint, parameters])) as Result[];
}

it("binding and release write port rows and the ports column only, and never a port that another pod holds", async () => {
  await using server = await startOvsdbServer();
  const { endpoint } = server;
  await nbctl(endpoint, "init");
  await nbctl(endpoint, "ls-add", "blue", "--", "set", "logical_switch", "blue", "other_config:subnet=10.1.0.0/24");
  await using started = await startAllocator(endpoint);
  const { id, ports } = await started.allocator.allocate(podAsking("blue"), within(10));
  const [port] = ports;
  assert.ok(port);
  const name = portName(id, port);
  const uuid = (await nbctl(endpoint, "get", "logical_switch_port", name, "_uuid")).trim();
  const asReserved = { uuid, switchUuid: port.network.switchUuid, allocation: id, podUid: "" };
  const before = await dumpWithoutPorts(endpoint);

  const [bound] = await transact(endpoint, [
    bindPort({ uuid, allocation: id, pod: "web-0", podUid: "uid-1", chassis: "" }),
  ]);
  assert.equal(bound?.count, 1);
  const [again] = await transact(endpoint, [
    bindPort({ uuid, allocation: id, pod: "web-1", podUid: "uid-2", chassis: "" }),
  ]);
  assert.equal(again?.count, 0, "a bound port was bound again");
  const ids = await nbctl(endpoint, "get", "logical_switch_port", name, "external_ids");
  assert.match(ids, /pod-uid"=uid-1/);
  assert.deepEqual(await dumpWithoutPorts(endpoint), before);

  const [refused] = await transact(endpoint, deleteHeldPorts([asReserved]));
  assert.equal(refused?.error, "timed out", "a bound port was taken for a reservation");
  const released = await transact(endpoint, deleteHeldPorts([{ ...asReserved, podUid: "uid-1" }]));
  assert.equal(released[1]?.count, 1);
  assert.equal((await nbctl(endpoint, "lsp-list", "blue")).trim(), "");
  assert.deepEqual(await dumpWithoutPorts(endpoint), before);
});
