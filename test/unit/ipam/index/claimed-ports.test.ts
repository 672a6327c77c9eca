import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { NbFixture, recoveredPod } from "#test/fixtures/ipam/nb-fixture.ts";

const claim = { cluster: "", namespace: "default", name: "db-0" };
const addresses = "0a:58:0a:00:00:05 10.0.0.5";

function nbWithSwitch() {
  const nb = new NbFixture();
  return { nb, switchUuid: nb.addSwitch("blue", "10.0.0.0/24") };
}

describe("the ports of claims in the index", () => {
  it("are found while they are on a switch", () => {
    const { nb } = nbWithSwitch();
    const kept = nb.addPort("blue", "kept", { addresses, claim: "db-0" });
    assert.deepEqual([...nb.index.claims.of(claim)], [kept]);
    assert.deepEqual([...nb.index.claims.of({ ...claim, namespace: "other" })], []);
    nb.removePort("blue", "kept");
    assert.deepEqual([...nb.index.claims.of(claim)], []);
  });

  it("are found under the cluster that has adopted them", () => {
    const { nb } = nbWithSwitch();
    const uuid = nb.addPort("blue", "a-net1", {
      addresses,
      allocation: "a",
      podUid: "u",
      claim: "db-0",
      cluster: "old",
    });
    const ids = nb.rows(logicalSwitchPort).get(uuid)?.external_ids ?? new Map<string, string>();
    nb.set(logicalSwitchPort, uuid, { external_ids: new Map([...ids, [externalId("cluster"), "new"]]) });
    assert.deepEqual([...nb.index.claims.of({ ...claim, cluster: "new" })], [uuid]);
    assert.deepEqual([...nb.index.claims.of({ ...claim, cluster: "old" })], []);
  });

  it("say what a row is to keep when the port goes", () => {
    const { nb, switchUuid } = nbWithSwitch();
    const uuid = nb.addPort("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db-0" });
    const { keeps } = nb.index.refOf(uuid, switchUuid);
    assert.deepEqual(keeps, { claim, switchUuid, network: "blue", addresses });
    assert.equal(nb.uuidOf(logicalSwitch, "blue"), switchUuid);
  });

  it("leave nothing when nobody was told of the addresses, and the addresses of a bound pod always", () => {
    const { nb, switchUuid } = nbWithSwitch();
    const fresh = { addresses, allocation: "a", claim: "db-0", isFreshClaim: true };
    const reserved = nb.addPort("blue", "a-net1", fresh);
    assert.equal(nb.index.refOf(reserved, switchUuid).keeps, undefined);
    nb.removePort("blue", "a-net1");
    const bound = nb.addPort("blue", "b-net1", { ...fresh, podUid: "u" });
    assert.equal(nb.index.refOf(bound, switchUuid).keeps?.addresses, addresses);
  });

  it("leave nothing when another row keeps the claim already, or the row that goes only keeps it", () => {
    const { nb, switchUuid } = nbWithSwitch();
    const kept = nb.addPort("blue", "kept", { addresses, claim: "db-0" });
    assert.equal(nb.index.refOf(kept, switchUuid).keeps, undefined);
    const pods = nb.addPort("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db-0" });
    assert.equal(nb.index.refOf(pods, switchUuid).keeps, undefined);
  });

  it("leave the addresses also while another replica tries to get first ones for the claim, and will give way", () => {
    const { nb, switchUuid } = nbWithSwitch();
    const pods = nb.addPort("blue", "a-net1", { addresses, allocation: "a", podUid: "u", claim: "db-0" });
    const other = { addresses: "0a:58:0a:00:00:06 10.0.0.6", allocation: "b", claim: "db-0", isFreshClaim: true };
    nb.addPort("blue", "b-net1", other);
    assert.equal(nb.index.refOf(pods, switchUuid).keeps?.addresses, addresses);
  });

  it("end what was kept in memory for the claim, when its row is back", () => {
    const { nb } = nbWithSwitch();
    const key = "/default/db-0";
    nb.index.recovered.add({ ...recoveredPod("blue", "10.0.0.5", "0a:58:0a:00:00:05", key), keptFor: key });
    assert.equal(nb.index.recovered.size, 1);
    nb.addPort("blue", "kept", { addresses, claim: "db-0" });
    assert.equal(nb.index.recovered.size, 0);
  });
});
