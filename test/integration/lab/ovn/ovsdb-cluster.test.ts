import assert from "node:assert/strict";
import { it } from "node:test";
import { startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { dumpDatabase, nbctl } from "#lab/ovn/ovsdb-server.ts";

it("a cluster is read between two leaders as well: when there is the next", async () => {
  await using cluster = await startOvsdbCluster();
  const endpoints = cluster.endpoints.join(",");
  await nbctl(endpoints, "ls-add", "blue");
  const leader = await cluster.leader();
  await leader.process.kill();
  const rows = (await dumpDatabase(endpoints, "OVN_Northbound")).get("Logical_Switch");
  assert.deepEqual(
    rows?.map(({ name }) => name),
    ["blue"],
  );
});
