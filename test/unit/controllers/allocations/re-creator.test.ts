import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Operation, type OvsdbSession, remove } from "ovsdb-client";
import { printParameters } from "#packages/ovsdb-client/src/connection/printed-json.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { PortWriter } from "#src/controllers/allocations/port-writer.ts";
import { ReCreator } from "#src/controllers/allocations/re-creator.ts";
import { silentLogger } from "#src/core/logger.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { insertKept } from "#src/ovn/claims/claim-operations.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { stickyMark } from "#src/ovn/claims/sticky-mark.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { id, labelledPod, portName, resultText } from "#test/fixtures/controllers/labelled-pod.ts";

/** The pod, whose address belongs to a claim. */
function claimingPod(machine: Readonly<Record<string, string>> = {}, more: object = {}) {
  const [entry] = JSON.parse(resultText) as [object];
  const annotations = { [annotationKeys.result.key]: JSON.stringify([{ ...entry, claim: "db-0", ...more }]) };
  const labels = { [annotationKeys.allocation.key]: id, ...machine };
  return labelledPod({ metadata: { annotations, labels } });
}

const inMachine = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": "vmi" };

const thief = "0a:58:00:00:00:01 10.1.0.7";

/** An NB that lost the pod's port. `meanwhile` runs just before the insert. */
function losing(meanwhile: (nb: NbFixture) => void = () => undefined) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.1.0.0/24");
  const sent: (readonly Operation[])[] = [];
  const session = {
    transact(operations: readonly Operation[]) {
      if (sent.push(operations) === 1) meanwhile(nb);
      nb.commit(...operations);
      return Promise.resolve([]);
    },
  } as unknown as OvsdbSession;
  const rowsOf = (allocation: string): PortRow[] =>
    [...nb.rows(logicalSwitchPort)].flatMap(([uuid, { name, external_ids }]) => {
      const owner = portOwner(external_ids);
      return owner?.allocation === allocation ? [{ uuid, name, owner, firstSeenMs: 0, isDown: false, isUp: true }] : [];
    });
  const reCreator = new ReCreator({
    index: nb.index,
    rows: { of: rowsOf },
    writer: new PortWriter({
      session: () => Promise.resolve(session),
      switchesOf: (uuid) => nb.index.switchesOf(uuid).map((state) => state.uuid),
      rulesOf: (port) => nb.index.floating.rulesOf(port),
      keepsOf: (...port) => nb.index.keepsOf(...port),
      successorOf: () => undefined,
    }),
    cluster: "c1",
    wantedChassis: () => "c-1",
    clock: nb.clock,
    logger: silentLogger,
  });
  return { nb, sent, reCreator, rowsOf };
}

describe("ReCreator", () => {
  it("puts the lost port back, bound to its pod", async () => {
    const { nb, sent, reCreator, rowsOf } = losing();
    assert.equal(await reCreator.reCreate(labelledPod(), [portName]), undefined);
    const [row] = rowsOf(id);
    assert.deepEqual(row?.owner, {
      allocation: id,
      namespace: "default",
      pod: "web",
      podUid: "uid-web",
      cluster: "c1",
    });
    assert.deepEqual(nb.index.port(row.uuid)?.addresses, ["0a:58:0a:01:00:07 10.1.0.7"]);
    assert.match(printParameters(sent[0] ?? []), /"requested-chassis","c-1"/);
    assert.deepEqual(
      nb.index.switchesOf(row.uuid).map(({ network }) => network.name),
      ["blue"],
    );
  });

  it("lets the port wait while the other pod of its virtual machine has the addresses, and yields to any other pod", async () => {
    const other = { addresses: "0a:58:0a:01:00:07 10.1.0.7", allocation: "o", pod: "o", podUid: "o", cluster: "c1" };
    for (const machine of ["vmi", "another"]) {
      const { nb, reCreator, rowsOf } = losing();
      nb.addPort("blue", "o-net1", { ...other, claim: "db-0", machine });
      const trouble = await reCreator.reCreate(claimingPod(inMachine), [portName]);
      const [row] = rowsOf(id);
      if (machine === "another") {
        assert.deepEqual([trouble, row], ["port o-net1 has the IPAMClaim db-0", undefined]);
        continue;
      }
      const made = nb.index.port(row?.uuid ?? "");
      assert.deepEqual([trouble, made?.addresses], [undefined, []]);
      assert.equal(made?.external_ids.get("k8s.plugin.opnfv.org/waits-with"), "0a:58:0a:01:00:07 10.1.0.7");
    }
  });

  it("takes the place of the row that keeps the pod's claim, which an older NB brought back", async () => {
    const { nb, reCreator, rowsOf } = losing();
    const keeping = { addresses: "0a:58:0a:01:00:07 10.1.0.7", claim: "db-0", cluster: "c1" };
    nb.addPort("blue", "claim:c1:default/db-0", keeping);
    const pod = claimingPod();
    assert.match((await reCreator.reCreate(labelledPod(), [portName])) ?? "", /^port claim:c1:default\/db-0 holds/);
    assert.equal(await reCreator.reCreate(pod, [portName]), undefined);
    assert.deepEqual([rowsOf(id).length, nb.rows(logicalSwitchPort).size], [1, 1]);
    const claim = { cluster: "c1", namespace: "default", name: "db-0" };
    assert.deepEqual([...nb.index.claims.of(claim)], [rowsOf(id)[0]?.uuid]);
  });

  it("says what the claim of its port is for and is made of, as the result does, or the row that kept it", async () => {
    const claim = { cluster: "c1", namespace: "default", name: "db-0" };
    const sticky = { set: "db", uid: "u", network: "blue-net", interface: "net1", whenScaled: "Delete" } as const;
    const told = { claim_network: "blue-net", sticky: { set: "db", uid: "u", when_scaled: "Delete" } };
    for (const [isKept, said] of [
      [false, told],
      [true, told],
      [true, {}],
    ] as const) {
      const { nb, reCreator, rowsOf } = losing();
      const switchUuid = nb.uuidOf(logicalSwitch, "blue");
      const older = { ...sticky, whenScaled: "Retain" } as const;
      const kept = {
        claim,
        switchUuid,
        network: "blue",
        configName: "blue-net",
        sticky: said === told ? older : sticky,
      };
      if (isKept) nb.commit(...insertKept({ ...kept, addresses: "0a:58:0a:01:00:07 10.1.0.7" }, "k0"));
      assert.equal(await reCreator.reCreate(claimingPod({}, said), [portName]), undefined);
      const made = nb.index.port(rowsOf(id)[0]?.uuid ?? "");
      assert.deepEqual(made && [claimOf(made.external_ids)?.network, stickyMark(made.external_ids)], [
        "blue-net",
        sticky,
      ]);
    }
  });

  it("makes no port again whose claim another pod has", async () => {
    const { nb, sent, reCreator } = losing();
    const other = {
      addresses: "0a:00:00:00:00:01 10.1.0.99",
      allocation: "b",
      podUid: "u",
      claim: "db-0",
      cluster: "c1",
    };
    nb.addPort("blue", "b-net1", other);
    const pod = claimingPod();
    assert.equal(await reCreator.reCreate(pod, [portName]), "port b-net1 has the IPAMClaim db-0");
    assert.deepEqual(sent, []);
  });

  it("sends nothing when somebody holds the address already", async () => {
    const { nb, sent, reCreator } = losing();
    nb.addPort("blue", "other", { addresses: thief });
    assert.match((await reCreator.reCreate(labelledPod(), [portName])) ?? "", /^port other holds an address/);
    assert.deepEqual(sent, []);
  });

  it("deletes its port again when somebody took the address at the same time", async () => {
    const { nb, reCreator, rowsOf } = losing((each) => {
      each.hold(...each.port("blue", "other", { addresses: thief }));
    });
    const trouble = await reCreator.reCreate(labelledPod(), [portName]);
    assert.equal(trouble, "port other took an address meanwhile");
    assert.deepEqual(rowsOf(id), []);
    assert.equal(nb.index.named("blue")[0]?.ips.size, 1);
  });

  it("leaves no row for the claim of its port beside somebody who took the address, unless one kept it before", async () => {
    for (const isKept of [false, true]) {
      const { nb, reCreator, rowsOf } = losing((each) => {
        each.hold(...each.port("blue", "other", { addresses: thief }));
      });
      const keeping = { addresses: "0a:58:0a:01:00:07 10.1.0.7", claim: "db-0", cluster: "c1" };
      if (isKept) nb.addPort("blue", "claim:c1:default/db-0", keeping);
      assert.match((await reCreator.reCreate(claimingPod(), [portName])) ?? "", /^port other took an address/);
      const claim = { cluster: "c1", namespace: "default", name: "db-0" };
      assert.deepEqual([rowsOf(id), nb.index.claims.of(claim).size], [[], isKept ? 1 : 0]);
    }
  });

  it("says that ports are not made when their switch vanished just before the insert", async () => {
    const { reCreator, rowsOf } = losing((nb) => {
      nb.commit(remove(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, "blue")]]));
    });
    const trouble = await reCreator.reCreate(labelledPod(), [portName]);
    assert.equal(trouble, "the switch of network blue vanished meanwhile");
    assert.deepEqual(rowsOf(id), []);
  });
});
