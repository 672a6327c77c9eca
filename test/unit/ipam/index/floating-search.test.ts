import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Attempts, checkConflicts } from "#src/ipam/commit/attempts.ts";
import { outsideHolders, portOfRow } from "#src/ipam/index/floating-search.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { addRule, floatingRequest, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { ipOf, NbFixture, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

/** An attempt of allocation `a` at 198.51.100.20, whose port and rule are in NB. */
function arrived(settings = {}) {
  const attempts = new Attempts();
  const nb = withUplink(
    settings,
    new NbFixture({
      portAdded: (uuid, name, owner) => {
        attempts.portAdded(uuid, name, owner);
      },
    }),
  );
  const attempt = attempts.open("a", planPorts(requestOf(floatingRequest()), nb.view));
  nb.addPort("blue", "a-net1", { allocation: "a", addresses: "0a:58:0a:00:00:02 10.0.0.2" });
  return { nb, attempt };
}

describe("the conflict check of an address outside", () => {
  it("finds nothing allocated until the rule is in the index as well", () => {
    const { nb, attempt } = arrived();
    assert.equal(checkConflicts(attempt, nb.index), "absent");
    addRule(nb, "198.51.100.20", podRule("a"), "10.0.0.2");
    assert.equal(checkConflicts(attempt, nb.index), "won");
  });

  it("is lost to a rule, a FloatingIP or a port on the wire that has the address", () => {
    for (const foreign of [
      (nb: NbFixture) => addRule(nb, "198.51.100.20"),
      (nb: NbFixture) => addRule(nb, "198.51.100.20", podRule("b")),
      (nb: NbFixture) => nb.addPort("wan", "vm", { addresses: "0a:58:00:00:00:01 198.51.100.20" }),
    ]) {
      const { nb, attempt } = arrived();
      addRule(nb, "198.51.100.20", podRule("a"), "10.0.0.2");
      foreign(nb);
      assert.equal(checkConflicts(attempt, nb.index), "lost");
    }
  });

  it("is lost when the namespace has more of them than its limit", () => {
    const { nb, attempt } = arrived({ "floating-limit": "1" });
    addRule(nb, "198.51.100.20", podRule("a"), "10.0.0.2");
    assert.equal(checkConflicts(attempt, nb.index), "won");
    addRule(nb, "198.51.100.21", podRule("b"));
    assert.equal(checkConflicts(attempt, nb.index), "lost");
  });
});

it("the port of a rule is found by its address inside and its name", () => {
  const { nb } = arrived();
  const row = nb.index.floating.row(addRule(nb, "198.51.100.20", podRule("a"), "10.0.0.2"));
  assert.ok(row);
  const uuid = portOfRow(row, nb.index);
  assert.equal(nb.index.port(uuid ?? "")?.name, "a-net1");
  assert.equal(portOfRow({ ...row, holder: "b-net1" }, nb.index), undefined);
  const [gateway] = nb.index.floating.gateways();
  assert.ok(gateway);
  assert.equal(outsideHolders(nb.index, gateway, ipOf("198.51.100.21"), true).length, 0);
});
