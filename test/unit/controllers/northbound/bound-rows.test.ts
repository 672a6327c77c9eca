import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundPod, boundRows } from "#src/controllers/northbound/bound-rows.ts";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";

const marks = { owner: "ovn4nfv", allocation: "A", namespace: "default", pod: "a", "pod-uid": "u", cluster: "c" };
const ids = (more: Readonly<Record<string, string>> = {}) =>
  new Map(
    Object.entries({ ...marks, ...more }).map(
      ([key, value]) => [externalId(key as keyof typeof marks), value] as const,
    ),
  );

describe("the port of a pod", () => {
  it("is bound when it names the pod and this cluster, and is ours", () => {
    assert.equal(boundPod(ids(), "c"), "u");
    for (const more of [{ "pod-uid": "" }, { cluster: "other" }, { owner: "somebody" }]) {
      assert.equal(boundPod(ids(more), "c"), undefined);
    }
    assert.equal(boundPod(new Map(), "c"), undefined);
  });

  it("is found among those of a switch, which may name a port that NB has not sent yet", () => {
    const source = fakeRows({
      Logical_Switch_Port: {
        mine: { name: "a-net1", external_ids: ids() },
        reserved: { name: "b-net1", external_ids: ids({ "pod-uid": "" }) },
        theirs: { name: "vm", external_ids: new Map() },
        elsewhere: { name: "c-net1", external_ids: ids({ "pod-uid": "v" }) },
      },
    });
    const found = boundRows(["mine", "reserved", "theirs", "unknown"], source.rows(controllerPort), "c");
    assert.deepEqual(
      [...found].map(({ uuid, podUid, row }) => [uuid, podUid, row.name]),
      [["mine", "u", "a-net1"]],
    );
  });
});
