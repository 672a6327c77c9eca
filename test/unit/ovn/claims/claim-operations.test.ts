import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insertKept, keptName, takeKept, waitUnclaimed } from "#src/ovn/claims/claim-operations.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { insertPorts, type NewPort } from "#src/ovn/ports/port-operations.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const claim = { cluster: "c", namespace: "default", name: "db-0" };
const addresses = "0a:58:0a:00:00:05 10.0.0.5";

function keeping() {
  const nb = new NbFixture();
  const switchUuid = nb.addSwitch("blue", "10.0.0.0/24");
  nb.commit(...insertKept({ claim, switchUuid, network: "blue", addresses }, "k0"));
  const kept = { uuid: nb.uuidOf(logicalSwitchPort, keptName(claim)), switchUuid, claim };
  const port: NewPort = {
    name: "a-net1",
    switchUuid,
    addresses,
    allocation: "a",
    namespace: "default",
    pod: "db-0",
    podUid: "",
    network: "blue",
    interfaceName: "net1",
    cluster: "c",
    reservedAt: "2026-01-01T00:00:00Z",
    claim: { name: "db-0", isFresh: false, kept },
  };
  return { nb, switchUuid, kept, port };
}

describe("a row that keeps a claim", () => {
  it("holds the addresses on its switch, and is neither a port of a pod nor a reservation", () => {
    const { nb, kept, switchUuid } = keeping();
    const row = nb.rows(logicalSwitchPort).get(kept.uuid);
    assert.deepEqual([row?.addresses, row?.name], [[addresses], "claim:c:default/db-0"]);
    assert.equal(claimOf(row?.external_ids ?? new Map())?.isKept, true);
    assert.deepEqual([...(nb.rows(logicalSwitch).get(switchUuid)?.ports ?? [])], [kept.uuid]);
    assert.equal(nb.index.named("blue")[0]?.reservations.in(undefined), 0);
  });

  it("makes room for the port of a pod in one transaction, which fails when the row is gone", () => {
    const { nb, port } = keeping();
    nb.commit(...insertPorts([port]));
    assert.deepEqual(
      [...nb.rows(logicalSwitchPort).values()].map(({ name }) => name),
      ["a-net1"],
    );
    assert.throws(() => nb.commit(...insertPorts([{ ...port, name: "b-net1", allocation: "b" }])), /timed out/);
  });

  it("can be deleted for a claim that is gone, once", () => {
    const { nb, kept } = keeping();
    nb.commit(...takeKept(kept));
    assert.equal(nb.rows(logicalSwitchPort).size, 0);
    assert.throws(() => nb.commit(...takeKept(kept)), /timed out/);
  });

  it("is not taken for the port of a pod with the same claim", () => {
    const { nb, kept, port } = keeping();
    nb.commit(...insertPorts([port]));
    const uuid = nb.uuidOf(logicalSwitchPort, "a-net1");
    assert.throws(() => nb.commit(...takeKept({ ...kept, uuid })), /timed out/);
    assert.equal(nb.rows(logicalSwitchPort).size, 1);
  });

  it("is not made for a claim that a port has already", () => {
    const { nb, port, switchUuid } = keeping();
    nb.commit(...insertPorts([port]));
    const again = insertKept({ claim, switchUuid, network: "blue", addresses }, "k0");
    assert.throws(() => nb.commit(waitUnclaimed(claim), ...again), /timed out/);
    nb.commit(waitUnclaimed({ ...claim, cluster: "another" }));
  });
});
