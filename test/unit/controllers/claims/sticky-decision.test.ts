import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keptAnnotation, whenScaledAnnotation } from "#src/api/claim/claim-keys.ts";
import { decideClaim } from "#src/controllers/claims/claim-decision.ts";
import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import { decideSticky, markToMake } from "#src/controllers/claims/sticky-decision.ts";
import { claimRow, keptText } from "#test/fixtures/controllers/ipam-claims.ts";

const mark = { set: "db", uid: "u", network: "blue", interface: "net1", whenScaled: "Delete" } as const;
const set = { namespace: "default", name: "db", uid: "u", isDeleting: false, range: { start: 0, count: 2 } };
const pod = { name: "db-2", uid: "p", isFirst: true };

function claim(name: string, { whenScaled = "Delete", owner = "u", ips = ["10.0.0.5/24"], ...more } = {}) {
  return projectClaimObject({
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      annotations: { [whenScaledAnnotation]: whenScaled, [keptAnnotation]: keptText },
      finalizers: ["k8s.plugin.opnfv.org/ipam-claim"],
      ...(owner === ""
        ? {}
        : {
            ownerReferences: [
              { kind: "Backup", uid: "b" },
              { kind: "StatefulSet", uid: owner },
            ],
          }),
      ...more,
    },
    spec: { network: "blue" },
    status: { ips },
  });
}

describe("a claim that is to be made for a replica", () => {
  it("is that of a stored pod, or of a row that keeps the addresses of one", () => {
    assert.equal(markToMake([{ ...claimRow(pod), sticky: mark }]), mark);
    assert.equal(markToMake([{ ...claimRow(), sticky: mark }]), mark);
    assert.equal(markToMake([{ ...claimRow({ ...pod, uid: "" }), sticky: mark }]), undefined);
    assert.equal(markToMake([claimRow(pod)]), undefined);
  });
});

describe("the claim of a replica", () => {
  it("is deleted when the set no longer has the replica, its pod is gone, and it says so", () => {
    assert.deepEqual(decideSticky(claim("db-2.blue.net1"), [claimRow()], set), { do: "scale", set });
    assert.deepEqual(decideSticky(claim("db-2.blue.net1", { ips: [] }), [], set), { do: "scale", set });
  });

  it("stays in every other case", () => {
    const cases = [
      decideSticky(claim("db-1.blue.net1"), [claimRow()], set),
      decideSticky(claim("db-2.blue.net1"), [claimRow(pod)], set),
      decideSticky(claim("db-2.blue.net1"), [], set),
      decideSticky(claim("db-2.blue.net1", { whenScaled: "Retain" }), [claimRow()], set),
      decideSticky(claim("db-2.blue.net1", { owner: "another" }), [claimRow()], set),
      decideSticky(claim("db-2.blue.net1"), [claimRow()], undefined),
      decideSticky(claim("db-2.blue.net1"), [claimRow()], { ...set, isDeleting: true }),
      decideSticky(claim("their-own"), [claimRow()], set),
    ];
    assert.deepEqual(
      cases,
      cases.map(() => undefined),
    );
  });

  it("belongs to the set that has its name now, when the one before was deleted and left it", () => {
    assert.deepEqual(decideSticky(claim("db-1.blue.net1", { owner: "" }), [claimRow()], set), { do: "own", set });
    assert.equal(decideSticky(claim("db-2.blue.net1", { owner: "" }), [claimRow()], set), undefined);
  });

  it("says what its pod says about scaling", () => {
    const object = claim("db-1.blue.net1", { whenScaled: "Retain" });
    assert.deepEqual(decideClaim(object, [{ ...claimRow(pod), sticky: mark }]), {
      do: "mark",
      kept: keptText,
      whenScaled: "Delete",
    });
    assert.equal(decideClaim(object, [claimRow(pod)]).do, "tell");
  });
});
