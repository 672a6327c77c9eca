import assert from "node:assert/strict";
import { test } from "node:test";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { northboundPort } from "#lab/ovn/ovn-central.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms);

test("a fabric on a Northbound cluster carries changes on when the leader hands over, dies, or goes back in time", {
  skip: whyNot,
}, async () => {
  using folder = createTemporaryFolder("fabric");
  await using fabric = new OvnFabric(folder.path, { northboundMembers: 3 });
  await fabric.startCenter();
  await fabric.startOvn();
  const cluster = fabric.central.northboundCluster;
  assert.ok(cluster);
  const add = (name: string) => fabric.central.nbctl("--timeout=60", "--wait=sb", "ls-add", name);
  const switches = async () => {
    const names = await fabric.central.sbctl("--bare", "--columns=external_ids", "list", "Datapath_Binding");
    return [...names.matchAll(/\bname=(\S+)/g)].map(([, name]) => name).sort();
  };
  await add("first");
  const backup = cluster.backUp();
  await add("second");
  await cluster.handOver();
  await add("third");
  const leader = await cluster.leader();
  await leader.process.kill();
  await cluster.leader();
  await add("fourth");
  assert.deepEqual(await switches(), ["first", "fourth", "second", "third"]);
  await leader.process.start();
  await cluster.restore(backup);
  await cluster.leader();
  // It has seen newer data, and would refuse every member for ever.
  await fabric.central.northd.restart();
  await add("fifth");
  assert.deepEqual(await switches(), ["fifth", "first"]);
  const endpoint = `tcp:${labPlan.centerAddress}:${northboundPort(2)}`;
  await fabric.center.must(ovnBinary("ovn-nbctl"), [`--db=${endpoint}`, "--no-leader-only", "ls-list"]);
});
