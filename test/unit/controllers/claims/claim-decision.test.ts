import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideClaim } from "#src/controllers/claims/claim-decision.ts";
import { claimObject, claimRow, keptText } from "#test/fixtures/controllers/ipam-claims.ts";

const bound = { name: "db-0", uid: "u1", isFirst: true };
const told = { ips: ["10.0.0.5/24"] };

function conditionOf(step: ReturnType<typeof decideClaim>) {
  assert.equal(step.do, "tell");
  const { status, reason, message } = step.outcome.condition;
  return [status, reason, message];
}

describe("a claim that lives", () => {
  it("is marked before anybody reads of its addresses, and told after that", () => {
    assert.deepEqual(decideClaim(claimObject({ marked: false }), [claimRow(bound)]), { do: "mark", kept: keptText });
    const step = decideClaim(claimObject(), [claimRow(bound)]);
    assert.deepEqual(conditionOf(step), ["True", "SuccessfulAllocation", "IP addresses successfully allocated"]);
    assert.deepEqual(step.do === "tell" && [step.outcome.ips, step.outcome.pod], [["10.0.0.5/24"], "db-0"]);
  });

  it("is told nothing of first addresses while their pod is not stored, for they may be taken back", () => {
    const reserved = { name: "", uid: "", isFirst: true };
    assert.deepEqual(decideClaim(claimObject({ marked: false }), [claimRow(reserved)]), { do: "nothing" });
    assert.equal(decideClaim(claimObject({ status: told }), [claimRow({ ...reserved, isFirst: false })]).do, "tell");
  });

  it("says that no pod has it while a row keeps it", () => {
    const step = decideClaim(claimObject({ status: told }), [claimRow()]);
    assert.equal(step.do === "tell" && step.outcome.pod, undefined);
  });

  it("is kept again when its row is lost, and never when it had none of ours", () => {
    assert.deepEqual(decideClaim(claimObject({ status: told }), []), { do: "keep again" });
    assert.deepEqual(decideClaim(claimObject({ marked: false, status: told }), []), { do: "nothing" });
    assert.deepEqual(decideClaim(claimObject(), []), { do: "nothing" });
  });

  it("keeps the addresses in its status, and tells of others in NB", () => {
    const step = decideClaim(claimObject({ status: { ips: ["10.0.0.9/24"] } }), [claimRow(bound)]);
    assert.equal(conditionOf(step)[1], "IPAddressConflict");
    assert.deepEqual(step.do === "tell" && step.outcome.ips, ["10.0.0.9/24"]);
  });

  it("is not marked with addresses that somebody wrote and no pod got, and says what to do about them", () => {
    const written = { ips: ["10.0.0.5/24", "10.0.0.6/24", "10.0.0.7/24"] };
    for (const row of [claimRow(bound), claimRow()]) {
      const open = conditionOf(decideClaim(claimObject({ marked: false, status: written }), [row]));
      assert.equal(open[1], "IPAddressConflict");
      assert.match(open[2] ?? "", /which has 10\.0\.0\.5\/24 for the claim: write those into status\.ips, or make the/);
      const marked = conditionOf(decideClaim(claimObject({ status: written }), [row]));
      assert.match(
        marked[2] ?? "",
        /: delete the claim while no pod has it \(kubectl delete ipamclaim db -n default\), or/,
      );
    }
    assert.equal(decideClaim(claimObject({ marked: false, status: told }), [claimRow(bound)]).do, "mark");
  });
});

describe("a claim beside something odd", () => {
  it("tells who has one of its addresses as well, whether a row keeps them or a pod has them", () => {
    const clash = "port vm has an address of the claim";
    for (const row of [claimRow(), claimRow(bound)]) {
      const step = decideClaim(claimObject({ status: told }), [{ ...row, clash }]);
      assert.deepEqual(conditionOf(step), ["False", "IPAddressConflict", clash]);
      assert.deepEqual(step.do === "tell" && step.outcome.ips, told.ips);
    }
  });

  it("gets nothing of a pod that used its name for another network before it was there", () => {
    const joined = { ...claimRow(bound), forNetwork: "wan" };
    const step = decideClaim(claimObject({ marked: false }), [joined]);
    const [status, reason, message] = conditionOf(step);
    assert.deepEqual([status, reason], ["False", "ClaimInvalid"]);
    assert.match(message ?? "", /^pod db-0 has addresses under this name on "wan", and spec.network is "blue"/);
    assert.deepEqual(step.do === "tell" && step.outcome.ips, []);
    const kept = { ...claimRow(), forNetwork: "wan" };
    for (const status of [undefined, told, { ips: ["10.0.0.9/24"] }]) {
      const object = claimObject({ marked: false, status });
      assert.equal(conditionOf(decideClaim(object, [joined]))[1], "ClaimInvalid", "whatever was written into it");
      assert.deepEqual(decideClaim(object, [kept]), { do: "free", row: kept, isOrphan: false });
    }
  });

  it("keeps what it was told of, whatever its spec says later, and takes rows that do not say for what they are", () => {
    const step = decideClaim(claimObject({ status: told }), [{ ...claimRow(), forNetwork: "wan" }]);
    assert.equal(conditionOf(step)[1], "SuccessfulAllocation");
    assert.equal(decideClaim(claimObject({ marked: false }), [claimRow(bound)]).do, "mark");
    assert.equal(decideClaim(claimObject({ marked: false }), [{ ...claimRow(bound), forNetwork: "blue" }]).do, "mark");
  });
});

describe("a claim that goes", () => {
  it("waits for its pod, and names it", () => {
    const step = decideClaim(claimObject({ deleting: true, status: told }), [claimRow(bound)]);
    assert.deepEqual(conditionOf(step), ["True", "ClaimInUse", "the claim is deleted when pod db-0 has ended"]);
  });

  it("frees its addresses, and goes after that", () => {
    const row = claimRow();
    const deleting = claimObject({ deleting: true });
    assert.deepEqual(decideClaim(deleting, [row]), { do: "free", row, isOrphan: false });
    assert.deepEqual(decideClaim(deleting, []), { do: "finish" });
    assert.deepEqual(decideClaim(claimObject({ deleting: true, marked: false }), []), { do: "nothing" });
  });
});

describe("a claim that is not there", () => {
  it("leaves the port of a pod alone, and lets go of what is kept for nobody", () => {
    const row = claimRow();
    assert.deepEqual(decideClaim(undefined, [claimRow(bound)]), { do: "nothing" });
    assert.deepEqual(decideClaim(undefined, [row]), { do: "free", row, isOrphan: true });
  });
});
