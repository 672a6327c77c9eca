import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert, mutate } from "ovsdb-client";
import { type Attempt, Attempts, checkConflicts, rowsOf } from "#src/ipam/commit/attempts.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { loadBalancer, logicalSwitch, nat } from "#src/ovn/nb-tables.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

/** An attempt at 10.0.0.2 on blue and 10.1.0.2 on red. NB has nothing of it yet. */
function attempted() {
  const attempts = new Attempts();
  const nb: NbFixture = new NbFixture({
    portAdded: (uuid, name, owner) => {
      attempts.portAdded(uuid, name, owner);
    },
    portRemoved: (uuid, owner) => {
      attempts.portRemoved(uuid, owner);
    },
  });
  nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
  nb.addSwitch("red", "10.1.0.0/29", { gateways: "10.1.0.1" });
  const planned = planPorts(requestOf(portRequest("blue"), portRequest("red")), nb.view);
  const attempt = attempts.open(
    "a",
    planned.map((port) => ({ ...port, name: `a-${port.request.interfaceName}` })),
  );
  const arrive = (network: string): string => {
    const [name, octet] = network === "blue" ? ["a-net1", "0"] : ["a-net2", "1"];
    return nb.addPort(network, name, { allocation: "a", addresses: `0a:58:0a:0${octet}:00:02 10.${octet}.0.2` });
  };
  return { nb, attempts, attempt, arrive };
}

function arrived(): { readonly nb: NbFixture; readonly attempts: Attempts; readonly attempt: Attempt } {
  const all = attempted();
  for (const network of ["blue", "red"]) all.arrive(network);
  assert.equal(checkConflicts(all.attempt, all.nb.index), "won");
  return all;
}

describe("the conflict check after a transaction", () => {
  it("finds nothing allocated until all rows are in the index", () => {
    const { nb, attempt, arrive } = attempted();
    assert.equal(checkConflicts(attempt, nb.index), "absent");
    arrive("blue");
    assert.equal(checkConflicts(attempt, nb.index), "absent");
    arrive("red");
    assert.equal(checkConflicts(attempt, nb.index), "won");
  });

  it("finds that rows went again, or stand on another switch than was planned", () => {
    const { nb, attempt } = arrived();
    const port = attempt.rows.get("a-net2") ?? "";
    nb.commit(
      mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, "blue")]], [["ports", "insert", [port]]]),
      mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, "red")]], [["ports", "delete", [port]]]),
    );
    assert.equal(checkConflicts(attempt, nb.index), "absent");
    nb.removePort("blue", "a-net1");
    assert.deepEqual([checkConflicts(attempt, nb.index), attempt.rows.has("a-net1")], ["absent", false]);
  });

  it("is lost to any other port of the switch with the address or the MAC, static or dynamic", () => {
    for (const other of [
      { addresses: "0a:00:00:00:00:01 10.1.0.2" },
      { addresses: "0a:58:0a:01:00:02 10.1.0.3" },
      { addresses: "dynamic", dynamic: "0a:00:00:00:00:01 10.1.0.2" },
      { allocation: "b", addresses: "0a:00:00:00:00:01 10.1.0.2" },
    ]) {
      const { nb, attempt } = arrived();
      nb.addPort("red", "other", other);
      assert.equal(checkConflicts(attempt, nb.index), "lost", JSON.stringify(other));
    }
  });

  it("is not lost to the same address on another switch", () => {
    const { nb, attempt } = arrived();
    nb.addPort("blue", "other", { addresses: "0a:58:0a:01:00:02 10.1.0.2" });
    assert.equal(checkConflicts(attempt, nb.index), "won");
  });

  it("counts NAT and load-balancer addresses", () => {
    for (const row of [
      insert(nat, { external_ip: "10.1.0.2" }),
      insert(loadBalancer, { name: "lb", vips: { "10.1.0.2:80": "192.0.2.1:80" } }),
    ]) {
      const { nb, attempt } = arrived();
      nb.commit(row);
      assert.equal(checkConflicts(attempt, nb.index), "lost");
    }
  });
});

describe("the attempts", () => {
  it("give the rows that NB has of one, with their switches", () => {
    const { nb, attempt, arrive } = attempted();
    assert.deepEqual(rowsOf(attempt, nb.index), []);
    const uuid = arrive("red");
    assert.deepEqual(rowsOf(attempt, nb.index), [{ uuid, switchUuid: nb.uuidOf(logicalSwitch, "red") }]);
    nb.removePort("red", "a-net2");
    assert.deepEqual(rowsOf(attempt, nb.index), []);
  });

  it("recognise no row of one that was closed", () => {
    const { attempts, attempt, arrive } = attempted();
    assert.equal(attempts.has("a"), true);
    attempts.close(attempt);
    arrive("blue");
    assert.deepEqual([attempts.has("a"), attempt.rows.size], [false, 0]);
  });
});
