import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowsOfClaim } from "#src/controllers/claims/claim-rows.ts";
import { ClaimWriter } from "#src/controllers/claims/claim-writer.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { claimObject } from "#test/fixtures/controllers/ipam-claims.ts";
import { ScriptedSession } from "#test/fakes/ipam/scripted-session.ts";

const name = { cluster: "", namespace: "default", name: "db" };
const addresses = "0a:58:0a:00:00:05 10.0.0.5";
const call = {};

function writing() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24");
  const session = new ScriptedSession(nb);
  const writer = new ClaimWriter({ session: () => Promise.resolve(session), index: nb.index });
  const rows = () => rowsOfClaim(name, nb.index);
  const again = () => writer.keepAgain(name, claimObject({ status: { ips: ["10.0.0.5/24"] } }), call);
  return { nb, session, writer, rows, again };
}

describe("the rows of claims", () => {
  it("are read with their network, prefix lengths and pod", () => {
    const { nb, rows } = writing();
    nb.addPort("blue", "a-net1", { addresses, allocation: "a", pod: "db-0", podUid: "u", claim: "db" });
    const [row] = rows();
    assert.deepEqual([row?.network, row?.ips, row?.mac], ["blue", ["10.0.0.5/24"], "0a:58:0a:00:00:05"]);
    assert.deepEqual(row?.pod, { name: "db-0", uid: "u", isFirst: false });
  });

  it("are freed, unless a pod took the place meanwhile", async () => {
    const { nb, session, writer, rows } = writing();
    nb.addPort("blue", "kept", { addresses, claim: "db" });
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
    assert.match((await again()) ?? "", /^port vm has an address of the claim/);
    assert.deepEqual(session.waiting, []);
    const none = new NbFixture();
    const writer = new ClaimWriter({ session: () => Promise.resolve(session), index: none.index });
    const object = claimObject({ status: { ips: ["10.0.0.5/24"] } });
    assert.match((await writer.keepAgain(name, object, call)) ?? "", /there is no network blue/);
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

  it("are not made for a claim that a pod took at the same moment", async () => {
    const { nb, session, rows, again } = writing();
    const kept = again();
    nb.hold(...nb.port("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db" }));
    await session.run();
    assert.deepEqual([await kept, rows().length], [undefined, 1]);
  });
});
