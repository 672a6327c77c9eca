// The two ports of a virtual machine that migrates, from the controller's side: real operations on a small NB.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OvsdbSession, Operation } from "ovsdb-client";
import { handoverFor } from "#src/controllers/allocation-rules/handover.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { PortHandover } from "#src/controllers/allocations/port-handover.ts";
import { PortWriter } from "#src/controllers/allocations/port-writer.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { successorOf } from "#src/ipam/index/machine-ports.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { deleteHeldPorts } from "#src/ovn/ports/port-operations.ts";
import { checkResults } from "#packages/ovsdb-client/src/transaction/results.ts";
import { fromOvsdb } from "#src/ovsdb/ovsdb-errors.ts";
import { labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";
import { type FixturePort, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const addresses = "0a:58:0a:00:00:05 10.0.0.5";
const claimed: FixturePort = { addresses, claim: "vm.blue", machine: "vmi" };
const older: FixturePort = { ...claimed, allocation: "01A", pod: "launcher-a", podUid: "u-a" };
const newer: FixturePort = { ...claimed, allocation: "01B", pod: "launcher-b", podUid: "u-b", waits: true };
const ready = { annotations: { "kubevirt.io/migration-target-ready-timestamp": "now" } };

function migrating(ports: Readonly<Record<string, FixturePort>> = { a: older, b: newer }) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24");
  for (const [name, port] of Object.entries(ports)) nb.addPort("blue", name, port);
  const session = {
    transact(operations: readonly Operation[]) {
      const { results } = nb.nb.execute(operations);
      nb.commit();
      try {
        return Promise.resolve(checkResults(operations, results));
      } catch (error) {
        return Promise.reject(fromUnknown(fromOvsdb(error)));
      }
    },
  } as unknown as OvsdbSession;
  const writer = new PortWriter({
    session: () => Promise.resolve(session),
    switchesOf: (uuid) => nb.index.switchesOf(uuid).map((state) => state.uuid),
    rulesOf: () => [],
    keepsOf: (...port) => nb.index.keepsOf(...port),
    successorOf: (uuid) => successorOf(nb.index, uuid),
  });
  const handover = new PortHandover({ index: nb.index, writer, logger: silentLogger, metrics: createMetrics() });
  const rowOf = (name: string): PortRow => {
    const uuid = nb.uuidOf(logicalSwitchPort, name);
    const owner = portOwner(nb.index.port(uuid)?.external_ids ?? new Map<string, string>());
    assert.ok(owner);
    return { uuid, name, owner, firstSeenMs: 0, isDown: false, isUp: true };
  };
  const due = (name: string, isReady: boolean) => {
    const row = rowOf(name);
    const pod = labelledPod({ uid: row.owner.podUid, ...(isReady ? { metadata: ready } : {}) });
    return handoverFor(nb.index)(row, pod);
  };
  /** Says of each port whether OVN knows addresses on it or it waits. */
  const seen = () =>
    [...nb.rows(logicalSwitchPort).values()]
      .map(({ name, addresses: shown, external_ids }) => {
        const claim = claimOf(external_ids);
        assert.equal(shown.length === 0, claim?.waitsWith !== undefined);
        return `${claim?.isKept === true ? "kept" : name} ${shown.length > 0 ? "has" : "waits"}`;
      })
      .sort();
  const end = (...names: readonly string[]) => writer.remove(names.map((name) => ({ rows: [rowOf(name)] })));
  return { nb, writer, handover, due, seen, end, rowOf };
}

describe("a machine that migrates", () => {
  it("gets its addresses on the new pod when KubeVirt says that it goes on there, and nothing happens before", async () => {
    const { handover, due, seen } = migrating();
    assert.deepEqual([due("a", true), due("b", false)], [undefined, undefined]);
    const move = due("b", true);
    assert.equal(move?.why, "target ready");
    assert.equal(await handover.move(move), true);
    assert.deepEqual(seen(), ["a waits", "b has"]);
    assert.deepEqual([due("a", true), due("b", true)], [undefined, undefined]);
    // The old pod of a machine has migrated before, and says so.
    assert.equal(due("a", true), undefined);
  });

  it("goes on in the pod that is left, whichever of the two ends", async () => {
    for (const isReady of [false, true]) {
      for (const [ends, left] of [
        ["a", "b"],
        ["b", "a"],
      ] as const) {
        const { handover, due, seen, end } = migrating();
        const move = due("b", isReady);
        if (move !== undefined) await handover.move(move);
        await end(ends);
        assert.deepEqual(seen(), [`${left} has`], `${ends} ends, ready ${isReady.toString()}`);
      }
    }
  });

  it("leaves its addresses to the claim when both pods end, together or one after the other", async () => {
    for (const order of [[["a", "b"]], [["a"], ["b"]], [["b"], ["a"]]]) {
      const { seen, end } = migrating();
      for (const names of order) await end(...names);
      assert.deepEqual(seen(), ["kept has"]);
    }
  });

  it("goes on in the new pod with what a row kept, when the old pod ended before that one was stored", async () => {
    const { nb, handover, due, seen, end } = migrating({ a: older, b: { ...newer, podUid: "" } });
    await end("a");
    assert.deepEqual(seen(), ["b waits", "kept has"]);
    const uuid = nb.uuidOf(logicalSwitchPort, "b");
    const row = nb.index.port(uuid);
    assert.ok(row);
    const ids = new Map(row.external_ids).set("k8s.plugin.opnfv.org/pod-uid", "u-b");
    nb.set(logicalSwitchPort, uuid, { external_ids: ids });
    const move = due("b", false);
    assert.equal(move?.why, "no other pod");
    assert.equal(await handover.move(move), true);
    assert.deepEqual(seen(), ["b has"]);
  });

  it("has its addresses on the old pod when rows came back in the wrong order, until the new one is ready", async () => {
    const { handover, due, seen } = migrating({ a: { ...older, waits: true }, b: { ...newer, waits: false } });
    assert.equal(due("b", true), undefined);
    const move = due("b", false);
    assert.equal(move?.why, "target not ready");
    assert.equal(await handover.move(move), true);
    assert.deepEqual(seen(), ["a has", "b waits"]);
  });

  it("is left alone when a third port has the claim", () => {
    const third = { ...newer, allocation: "01C", podUid: "u-c" };
    const { due } = migrating({ a: older, b: newer, c: third });
    assert.deepEqual([due("b", true), due("c", true)], [undefined, undefined]);
  });

  it("stays where it is while somebody has edited the addresses of the old pod, which lives", async () => {
    for (const edited of [[], [""], ["dynamic"]]) {
      const { nb, handover, due, rowOf } = migrating();
      const { uuid } = rowOf("a");
      nb.set(logicalSwitchPort, uuid, { addresses: edited });
      assert.deepEqual([due("a", false), due("b", false)], [undefined, undefined]);
      const move = due("b", true);
      assert.equal(move?.why, "target ready");
      nb.set(logicalSwitchPort, uuid, { port_security: [] });
      assert.deepEqual([due("b", false), due("b", true)], [undefined, undefined]);
      nb.set(logicalSwitchPort, uuid, { port_security: [addresses] });
      assert.equal(await handover.move(move), true);
      assert.equal(claimOf(nb.index.port(uuid)?.external_ids ?? new Map())?.waitsWith, addresses);
    }
  });

  it("does not go on in the new pod while any other pod has the claim", () => {
    const { due } = migrating({ a: { ...older, machine: "another" }, b: newer });
    assert.deepEqual([due("b", false), due("b", true)], [undefined, undefined]);
    const reserved = migrating({ a: { ...older, podUid: "" }, b: newer });
    assert.equal(reserved.due("b", false), undefined);
  });

  it("moves nothing when a port got or lost addresses since it was read", async () => {
    for (const name of ["a", "b"]) {
      const { nb, handover, due, rowOf } = migrating();
      const move = due("b", true);
      assert.ok(move);
      nb.set(logicalSwitchPort, rowOf(name).uuid, { addresses: ["0a:58:0a:00:00:05 10.0.0.99"] });
      assert.equal(await handover.move(move), false);
    }
  });

  it("moves them although rows have keys that the controller does not read", async () => {
    const { nb, handover, due, seen, rowOf } = migrating();
    const move = due("b", true);
    assert.ok(move);
    for (const name of ["a", "b"]) {
      const { uuid } = rowOf(name);
      const ids = nb.index.port(uuid)?.external_ids ?? assert.fail();
      nb.set(logicalSwitchPort, uuid, { external_ids: new Map(ids).set("k8s.plugin.opnfv.org/reserved-at", "now") });
    }
    assert.equal(await handover.move(move), true);
    assert.deepEqual(seen(), ["a waits", "b has"]);
  });

  it("moves nothing on what was read before a port changed its holder", async () => {
    const { nb, handover, due, seen, rowOf } = migrating();
    const move = due("b", true);
    assert.ok(move);
    const { uuid } = rowOf("a");
    const [state] = nb.index.switchesOf(uuid);
    nb.commit(...deleteHeldPorts([{ uuid, switchUuid: state?.uuid ?? "", allocation: "01A", podUid: "u-a" }]));
    assert.equal(await handover.move(move), false);
    assert.deepEqual(seen(), ["b waits"]);
  });
});
