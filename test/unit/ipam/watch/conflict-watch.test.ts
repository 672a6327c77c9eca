import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type Conflict, ConflictWatch } from "#src/ipam/watch/conflict-watch.ts";
import { logicalRouterPort, nat } from "#src/ovn/nb-tables.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

function watched() {
  const conflicts: Conflict[] = [];
  const nb: NbFixture = new NbFixture({
    heldTwice: (_state, uuid) => {
      watch.heldTwice(uuid);
    },
  });
  const watch = new ConflictWatch({
    index: nb.index,
    clock: nb.clock,
    logger: silentLogger,
    metrics: createMetrics(),
    onConflict: (conflict) => conflicts.push(conflict),
  });
  nb.addSwitch("blue", "10.0.0.0/29");
  nb.addPort("blue", "ours", { allocation: "a", addresses: "0a:00:00:00:00:01 10.0.0.2" });
  return { nb, conflicts, watch };
}

const names = ({ newcomer, others }: Conflict): string => [newcomer, ...others].map(({ name }) => name).join(", ");

describe("the watch for conflicts", () => {
  it("reports a foreign port that took the address of ours, once it has lasted", async () => {
    const { nb, conflicts } = watched();
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    await nb.clock.advance(1_000);
    assert.deepEqual(conflicts, []);
    await nb.clock.advance(1_000);
    const ours = { allocation: "a", namespace: "default", pod: "", podUid: "", cluster: "" };
    assert.deepEqual(conflicts, [
      {
        network: "blue",
        newcomer: { name: "vm", owner: undefined },
        others: [{ name: "ours", owner: ours }],
      },
    ]);
  });

  it("keeps silent about a clash that is over in time, and about one of other ports", async () => {
    const { nb, conflicts } = watched();
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    nb.removePort("blue", "vm");
    for (const name of ["vm1", "vm2"]) nb.addPort("blue", name, { addresses: "0a:00:00:00:00:03 10.0.0.3" });
    await nb.clock.advance(5_000);
    assert.deepEqual(conflicts, []);
  });

  it("reports NAT that came to the address of a port of ours", async () => {
    const { nb, conflicts } = watched();
    nb.commit(insert(nat, { external_ip: "10.0.0.2" }));
    await nb.clock.advance(2_000);
    assert.deepEqual(conflicts.map(names), ["ours, NAT address 10.0.0.2"]);
  });

  it("reports a router port that came to the address of a port of ours, or was moved there", async () => {
    const { nb, conflicts } = watched();
    nb.commit(insert(logicalRouterPort, { name: "lrp", mac: "0a:00:00:00:00:09", networks: ["10.0.0.2/29"] }));
    nb.addPort("blue", "to-router", { type: "router", addresses: "router", options: { "router-port": "lrp" } });
    await nb.clock.advance(2_000);
    assert.deepEqual(conflicts.map(names), ["router port to-router, ours"]);
    const lrp = nb.uuidOf(logicalRouterPort, "lrp");
    nb.set(logicalRouterPort, lrp, { networks: ["10.0.0.3/29"] });
    await nb.clock.advance(2_000);
    assert.equal(conflicts.length, 1);
    nb.set(logicalRouterPort, lrp, { networks: ["10.0.0.3/29", "10.0.0.2/29"] });
    await nb.clock.advance(2_000);
    assert.deepEqual(conflicts.slice(1).map(names), ["router port to-router, ours"]);
  });

  it("knows which reported conflicts last, for those who did not hear of them", async () => {
    const { nb, watch } = watched();
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    assert.deepEqual(watch.lasting(), [], "not before it was reported");
    await nb.clock.advance(2_000);
    assert.deepEqual(watch.lasting().map(names), ["vm, ours"]);
    nb.removePort("blue", "vm");
    assert.deepEqual(watch.lasting(), []);
  });

  it("reports a MAC that two ports have", async () => {
    const { nb, conflicts } = watched();
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:01" });
    await nb.clock.advance(2_000);
    assert.equal(conflicts.length, 1);
  });
});
