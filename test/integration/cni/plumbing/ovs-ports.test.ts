import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { column, insert, namedUuid, OvsdbClient, type OvsdbSession, table } from "ovsdb-client";
import { addOvsPorts, hasLogicalPort, isOfAttachment, listOvsPorts, removeOvsPorts } from "#cni/plumbing/ovs-ports.ts";
import { nodeTables, ovsBridge, ovsInterface, ovsPort } from "#cni/plumbing/ovs-tables.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

const root = table("Open_vSwitch", { bridges: column.writeOnly(column.set(column.uuid())) });
const port = (name: string) => ({
  hostName: `ovn-${name}`,
  interfaceName: name,
  mac: "0a:58:0a:01:00:07",
  port: `01J-${name}`,
  allocation: "01J",
});
const origin = (sandbox: string) => ({ sandbox, attachment: "net1", cniNetwork: "ovn4nfv" });

let server: OvsdbServer;
let client: OvsdbClient;
let session: OvsdbSession;
before(async () => {
  server = await startOvsdbServer({ database: "Open_vSwitch" });
  client = new OvsdbClient({
    endpoints: [server.endpoint],
    database: "Open_vSwitch",
    tables: nodeTables,
    clock: systemClock,
    logger: silentLogger,
    rereadJitterMs: 0,
    listener: { changed() {}, synced() {}, lost() {} },
  });
  client.start(new AbortController().signal);
  session = await client.waitForSession({ deadlineMs: systemClock.monotonicMs() + 60_000 });
  await session.transact([insert(ovsBridge, { name: "br-int" }, "b"), insert(root, { bridges: [namedUuid("b")] })]);
});
after(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const ports = () => listOvsPorts(client.rows(ovsPort), client.rows(ovsInterface));
const hostNames = () =>
  ports()
    .map(({ hostName }) => hostName)
    .toSorted();

test("ports come in one transaction, an older sandbox's port goes in the same, and DEL takes its own only", async () => {
  const first = await session.transact(addOvsPorts("br-int", [port("net1"), port("net2")], origin("old"), []));
  assert.equal(first.at(-1)?.count, 1);
  assert.deepEqual(hostNames(), ["ovn-net1", "ovn-net2"]);

  const again = { ...port("net1"), hostName: "ovn-again" };
  const older = ports().filter((found) => hasLogicalPort(found, new Set([again.port])));
  await session.transact(
    addOvsPorts(
      "br-int",
      [again],
      origin("new"),
      older.map(({ uuid }) => uuid),
    ),
  );
  assert.deepEqual(hostNames(), ["ovn-again", "ovn-net2"]);

  const late = ports().filter((found) => isOfAttachment(found, "old", "net1"));
  await session.transact(
    removeOvsPorts(
      "br-int",
      late.map(({ uuid }) => uuid),
    ),
  );
  assert.deepEqual(hostNames(), ["ovn-again"]);
  assert.equal(client.rows(ovsInterface).size, 1, "the rows of removed ports are collected");
});

test("the same host name for a port that is replaced does no harm", async () => {
  await session.transact(addOvsPorts("br-int", [port("net7")], origin("a"), []));
  const older = ports().filter((found) => hasLogicalPort(found, new Set(["01J-net7"])));
  await session.transact(
    addOvsPorts(
      "br-int",
      [port("net7")],
      origin("b"),
      older.map(({ uuid }) => uuid),
    ),
  );
  const after = ports().filter(({ hostName }) => hostName === "ovn-net7");
  assert.deepEqual(
    after.map(({ ids }) => ids.get("sandbox")),
    ["b"],
  );
});

test("without the bridge the last count is 0 and no row stays", async () => {
  const before = client.rows(ovsInterface).size;
  const results = await session.transact(addOvsPorts("br-none", [port("net9")], origin("x"), []));
  assert.equal(results.at(-1)?.count, 0);
  assert.equal(client.rows(ovsInterface).size, before);
});
