import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Operation, OvsdbSession } from "ovsdb-client";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { PortCorrector } from "#src/controllers/allocations/port-corrector.ts";
import { PortWriter } from "#src/controllers/allocations/port-writer.ts";
import { silentLogger } from "#src/core/logger.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { id, labelledPod, portName } from "#test/fixtures/controllers/labelled-pod.ts";

const signed = "0a:58:0a:01:00:07 10.1.0.7";
const edited = "0a:58:0a:01:00:07 10.1.0.99";
const thief = "0a:58:00:00:00:01 10.1.0.7";

/** NB in which the pod's port was edited; `meanwhile` happens just before the first transaction is run. */
function editedNb(on = "blue", meanwhile: (nb: NbFixture) => void = () => undefined) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.1.0.0/24");
  nb.addSwitch("green", "10.2.0.0/24");
  const uuid = nb.addPort(on, portName, { addresses: edited, allocation: id, pod: "web", podUid: "uid-web" });
  const sent: (readonly Operation[])[] = [];
  const session = {
    transact(operations: readonly Operation[]) {
      if (sent.push(operations) === 1) meanwhile(nb);
      nb.commit(...operations);
      return Promise.resolve([]);
    },
  } as unknown as OvsdbSession;
  const rowsOf = (): PortRow[] =>
    [...nb.rows(logicalSwitchPort)].flatMap(([each, { name, external_ids }]) => {
      const owner = portOwner(external_ids);
      return owner === undefined ? [] : [{ uuid: each, name, owner, firstSeenMs: 0, isDown: false, isUp: true }];
    });
  const corrector = new PortCorrector({
    index: nb.index,
    rows: { of: rowsOf },
    writer: new PortWriter({
      session: () => Promise.resolve(session),
      switchesOf: () => [],
      rulesOf: () => [],
      keepsOf: () => undefined,
      successorOf: () => undefined,
    }),
    logger: silentLogger,
  });
  const addresses = () => {
    const row = nb.index.port(uuid);
    return [row?.addresses, row?.port_security].flat();
  };
  return { nb, uuid, sent, corrector, addresses };
}

describe("PortCorrector", () => {
  it("writes an edited port again as the result of its pod says", async () => {
    const { nb, uuid, corrector, addresses } = editedNb();
    nb.set(logicalSwitchPort, uuid, { type: "localport" });
    assert.equal(await corrector.correct(labelledPod(), [portName]), undefined);
    assert.deepEqual(addresses(), [signed, signed]);
    assert.equal(nb.index.port(uuid)?.type, "");
    assert.deepEqual(nb.nb.now.get("Logical_Switch_Port")?.get(uuid)?.["options"], new Map([["iface-id-ver", id]]));
  });

  it("puts a port back on the switch of its network", async () => {
    const { nb, uuid, corrector } = editedNb("green");
    assert.equal(await corrector.correct(labelledPod(), [portName]), undefined);
    assert.deepEqual(
      nb.index.switchesOf(uuid).map(({ network }) => network.name),
      ["blue"],
    );
    assert.equal(nb.index.named("green")[0]?.ips.size, 0);
  });

  it("sends nothing when somebody else holds the address by now, and names the holder", async () => {
    const { nb, sent, corrector } = editedNb();
    nb.addPort("blue", "other", { addresses: thief });
    const trouble = await corrector.correct(labelledPod(), [portName]);
    assert.equal(trouble, "port other holds an address of interface net1");
    assert.deepEqual(sent, []);
  });

  it("writes nothing when the addresses of a virtual machine moved meanwhile, whatever they were before", async () => {
    for (const before of [[edited], []]) {
      const { nb, uuid, corrector, addresses } = editedNb("blue", (meanwhile) => {
        const row = meanwhile.index.port(uuid);
        assert.ok(row);
        const external_ids = new Map(row.external_ids).set(externalId("waits-with"), signed);
        meanwhile.set(logicalSwitchPort, uuid, { addresses: [], port_security: [], external_ids });
      });
      const row = nb.index.port(uuid);
      assert.ok(row);
      const machine = { [externalId("claim")]: "vm.blue", [externalId("machine")]: "vmi" };
      const external_ids = new Map([...row.external_ids, ...Object.entries(machine)]);
      nb.set(logicalSwitchPort, uuid, { addresses: before, external_ids });
      await assert.rejects(corrector.correct(labelledPod(), [portName]), /timed out/);
      assert.deepEqual(addresses(), []);
    }
  });

  it("gives the address up again when somebody came to it at the same time", async () => {
    const { corrector, addresses } = editedNb("blue", (nb) => {
      nb.hold(...nb.port("blue", "other", { addresses: thief }));
    });
    const trouble = await corrector.correct(labelledPod(), [portName]);
    assert.equal(trouble, "port other took an address meanwhile");
    assert.deepEqual(addresses(), [edited, edited]);
  });
});
