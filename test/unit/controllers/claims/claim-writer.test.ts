import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowsOfClaim } from "#src/controllers/claims/claim-rows.ts";
import { ClaimWriter } from "#src/controllers/claims/claim-writer.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { keptName, takeKept } from "#src/ovn/claims/claim-operations.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { claimObject } from "#test/fixtures/controllers/ipam-claims.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";

const name = { cluster: "", namespace: "default", name: "db" };
const addresses = "0a:58:0a:00:00:05 10.0.0.5";
const call = {};
const rules = { anySwitch: false, labelsOf: () => Promise.resolve({ team: "red" }) };

function writing() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24");
  const session = new ScriptedSession(nb);
  const writer = new ClaimWriter({ session: () => Promise.resolve(session), index: nb.index, ...rules });
  const rows = () => rowsOfClaim(name, nb.index);
  const again = () => writer.keepAgain(name, claimObject({ status: { ips: ["10.0.0.5/24"] } }), call);
  return { nb, session, writer, rows, again };
}

/** The outcome of a call that sends no transaction. One that does would wait for its answer for ever. */
async function withoutTransaction<T>(session: ScriptedSession, outcome: Promise<T>): Promise<T> {
  await settled();
  assert.deepEqual(session.waiting, []);
  return outcome;
}

describe("the rows of claims", () => {
  it("are read with their network, prefix lengths and pod", () => {
    const { nb, rows } = writing();
    nb.addPort("blue", "a-net1", { addresses, allocation: "a", pod: "db-0", podUid: "u", claim: "db" });
    const [row] = rows();
    assert.deepEqual([row?.network, row?.ips, row?.mac], ["blue", ["10.0.0.5/24"], "0a:58:0a:00:00:05"]);
    assert.deepEqual(row?.pod, { name: "db-0", uid: "u", isFirst: false });
  });

  it("tell who has one of their addresses as well", () => {
    const { nb, rows } = writing();
    nb.addPort("blue", keptName(name), { addresses, claim: "db" });
    assert.equal(rows()[0]?.clash, undefined);
    nb.addPort("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.5" });
    assert.equal(rows()[0]?.clash, "port vm has an address of the claim");
    nb.removePort("blue", "vm");
    nb.addPort("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db" });
    assert.deepEqual(
      rows().map(({ clash }) => clash),
      [undefined, undefined],
      "two ports of one claim, as while a machine migrates",
    );
  });

  it("are made again also in a pool that the namespace may not choose by now", async () => {
    const { nb, session, rows, again } = writing();
    const uuid = nb.uuidOf(logicalSwitch, "blue");
    const pools = JSON.stringify([{ name: "front", range: "10.0.0.4/30", allowed: { names: [] } }]);
    const ids = nb.rows(logicalSwitch).get(uuid)?.external_ids ?? new Map<string, string>();
    nb.set(logicalSwitch, uuid, { external_ids: new Map([...ids, [externalId("pools"), pools]]) });
    const kept = again();
    await session.run();
    assert.deepEqual([await kept, rows().length], [undefined, 1]);
  });

  it("are freed, unless a pod took the place meanwhile", async () => {
    const { nb, session, writer, rows } = writing();
    nb.addPort("blue", keptName(name), { addresses, claim: "db" });
    const [row] = rows();
    assert.ok(row);
    const freed = writer.free(name, row, call);
    await session.run();
    assert.deepEqual([await freed, rows()], [true, []]);
    const again = writer.free(name, row, call);
    await session.run();
    assert.equal(await again, false);
  });

  it("are made again from what the object says", async () => {
    const { session, rows, again } = writing();
    const kept = again();
    await session.run();
    assert.deepEqual(
      [await kept, rows().map(({ ips, pod }) => [ips, pod])],
      [undefined, [[["10.0.0.5/24"], undefined]]],
    );
  });

  it("are not made again when somebody has the address, or the network is gone", async () => {
    const { nb, session, again } = writing();
    nb.addPort("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.5" });
    assert.match((await withoutTransaction(session, again())) ?? "", /^port vm has an address of the claim/);
    const none = new NbFixture();
    const writer = new ClaimWriter({ session: () => Promise.resolve(session), index: none.index, ...rules });
    const object = claimObject({ status: { ips: ["10.0.0.5/24"] } });
    const gone = withoutTransaction(session, writer.keepAgain(name, object, call));
    assert.match((await gone) ?? "", /there is no network blue/);
  });

  it("give way to somebody who took the address at the same moment", async () => {
    const { nb, session, rows, again } = writing();
    const kept = again();
    nb.hold(...nb.port("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.5" }));
    await session.run();
    await session.run();
    assert.match((await kept) ?? "", /^port vm has an address/);
    assert.deepEqual(rows(), []);
  });

  it("are not made again on a network whose labels of namespaces do not match", async () => {
    const { nb, session, again } = writing();
    const ids = nb.rows(logicalSwitch).get(nb.uuidOf(logicalSwitch, "blue"))?.external_ids;
    const selector = JSON.stringify({ names: [], selector: { matchLabels: { team: "blue" } } });
    const external_ids = new Map([...(ids ?? []), [externalId("namespace-selector"), selector]]);
    nb.set(logicalSwitch, nb.uuidOf(logicalSwitch, "blue"), { external_ids });
    const refused = await withoutTransaction(session, again());
    assert.match(refused ?? "", /does not admit pods of the namespace "default": its labels do not match/);
  });

  it("leave alone the port of a pod that took the place of the new row at once", async () => {
    const { nb, session, rows, again } = writing();
    const kept = again();
    await session.next();
    const pod = { addresses, allocation: "a", podUid: "u", claim: "db" };
    // The row is made, a pod takes it over, and a machine of somebody else has the address, before the index sees any of it.
    const { results } = nb.nb.execute(await session.next());
    assert.ok(results.every((result) => result !== null && !("error" in (result as object))));
    const uuid = nb.uuidOf(logicalSwitchPort, keptName(name));
    const switchUuid = nb.uuidOf(logicalSwitch, "blue");
    nb.hold(...takeKept({ uuid, switchUuid, claim: name }), ...nb.port("blue", "a-net1", pod));
    nb.commit(...nb.port("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.5" }));
    await session.acknowledge();
    await session.runAll();
    assert.equal(await kept, undefined);
    assert.deepEqual(
      rows().map(({ pod: user }) => user?.uid),
      ["u"],
    );
  });

  it("are not made for a claim that a pod took at the same moment", async () => {
    const { nb, session, rows, again } = writing();
    const kept = again();
    nb.hold(...nb.port("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db" }));
    await session.run();
    assert.deepEqual([await kept, rows().length], [undefined, 1]);
  });
});
