import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import { StatefulSets } from "#src/controllers/claims/stateful-sets.ts";
import { StickyKeeper } from "#src/controllers/claims/sticky-keeper.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const mark = { set: "db", uid: "u", network: "blue", interface: "net1", whenScaled: "Delete" } as const;
const name = { cluster: "c", namespace: "default", name: "db-1.blue.net1" };
const stored = (replicas: number, uid = "u") => ({
  metadata: { name: "db", namespace: "default", uid, resourceVersion: "9" },
  spec: { replicas },
});
const metadata = { name: name.name, namespace: "default", uid: "c1", resourceVersion: "7" };
const object = projectClaimObject({ metadata, spec: { network: "blue" } });
const set = { namespace: "default", name: "db", uid: "u", isDeleting: false, range: { start: 0, count: 1 } };

/** `read` is the live set; writes get what `write` gives. */
function keeperWith(read: unknown, write: () => unknown = () => ({ metadata })) {
  const notes: EventNote[] = [];
  const client = new FakeApiClient(({ method }) => {
    if (method !== "GET") return write();
    if (read === undefined) throw statusError(404, "NotFound");
    return read;
  });
  const parts = { client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const keeper = new StickyKeeper({
    api: new ResourceApi(client, resources.ipamClaims),
    sets: new StatefulSets(parts, () => undefined),
    events: { record: (note) => notes.push(note) },
    logger: silentLogger,
  });
  return { keeper, notes, writes: () => client.requests.filter(({ method }) => method !== "GET") };
}
const refuse = (status: number, reason: string) => () => {
  throw statusError(status, reason);
};

describe("the claim of a replica", () => {
  it("is made for the set that lives, with its owner and nothing in it", async () => {
    const { keeper, writes } = keeperWith(stored(2));
    assert.equal(await keeper.make(name, mark, {}), true);
    assert.deepEqual(writes()[0]?.body, {
      apiVersion: "k8s.cni.cncf.io/v1alpha1",
      kind: "IPAMClaim",
      metadata: {
        name: "db-1.blue.net1",
        namespace: "default",
        annotations: { "k8s.plugin.opnfv.org/when-scaled": "Delete" },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u", controller: true }],
      },
      spec: { network: "blue", interface: "net1" },
    });
  });

  it("is not made for a pod that only says that it belongs to a set", async () => {
    for (const live of [undefined, stored(2, "another"), stored(1)]) {
      const { keeper, writes } = keeperWith(live);
      assert.equal(await keeper.make(name, mark, {}), false);
      assert.deepEqual(writes(), []);
    }
    const other = keeperWith(stored(2));
    assert.equal(await other.keeper.make({ ...name, name: "web-1.blue.net1" }, mark, {}), false);
  });

  it("may be there already, may have no kind, and tells the set when somebody refuses it", async () => {
    assert.equal(await keeperWith(stored(2), refuse(409, "AlreadyExists")).keeper.make(name, mark, {}), true);
    assert.equal(await keeperWith(stored(2), refuse(404, "NotFound")).keeper.make(name, mark, {}), false);
    const { keeper, notes } = keeperWith(stored(2), refuse(403, "Forbidden"));
    assert.equal(await keeper.make(name, mark, {}), "refused", "what is left of the row is still looked after");
    assert.equal(await keeperWith(stored(2), refuse(422, "Invalid")).keeper.make(name, mark, {}), "refused");
    await assert.rejects(keeperWith(stored(2), refuse(500, "InternalError")).keeper.make(name, mark, {}), /500/);
    assert.deepEqual(
      notes.map(({ reason, subject, message }) => [reason, subject.kind, message]),
      [
        [
          "ClaimNotMade",
          "StatefulSet",
          "the claim db-1.blue.net1, by which db-1 keeps its addresses, cannot be made: fake: 403 Forbidden: Forbidden",
        ],
      ],
    );
  });

  it("is deleted as it was read, when the set still lacks the replica", async () => {
    const { keeper, notes, writes } = keeperWith(stored(1));
    assert.equal(await keeper.do({ do: "scale", set }, object, {}), true);
    const [write] = writes();
    assert.equal(write?.method, "DELETE");
    assert.deepEqual((write.body as { preconditions: object }).preconditions, { uid: "c1", resourceVersion: "7" });
    assert.deepEqual(notes[0]?.reason, "ClaimDeleted");
    for (const live of [undefined, stored(2), stored(1, "another")]) {
      const again = keeperWith(live);
      assert.equal(await again.keeper.do({ do: "scale", set }, object, {}), false);
      assert.deepEqual(again.writes(), []);
    }
    assert.equal(
      await keeperWith(stored(1), refuse(409, "Conflict")).keeper.do({ do: "scale", set }, object, {}),
      false,
    );
    assert.equal(
      await keeperWith(stored(1), refuse(404, "NotFound")).keeper.do({ do: "scale", set }, object, {}),
      true,
    );
  });

  it("goes on with its addresses when a policy refuses the step, and asks again after other faults", async () => {
    for (const step of ["own", "scale"] as const) {
      const live = stored(step === "own" ? 2 : 1);
      for (const refusal of [refuse(403, "Forbidden"), refuse(422, "Invalid")])
        assert.equal(await keeperWith(live, refusal).keeper.do({ do: step, set }, object, {}), false);
      await assert.rejects(
        keeperWith(live, refuse(500, "InternalError")).keeper.do({ do: step, set }, object, {}),
        /500/,
      );
    }
  });

  it("keeps its other owners when a set becomes one of them, and the one that controls it", async () => {
    for (const controls of [undefined, true]) {
      const { keeper, writes } = keeperWith(stored(2));
      const other = { apiVersion: "v1", kind: "Backup", name: "b", uid: "b", controller: controls };
      const owned = projectClaimObject({
        metadata: { ...metadata, ownerReferences: [other] },
        spec: { network: "blue" },
      });
      assert.equal(await keeper.do({ do: "own", set }, owned, {}), true);
      const written = writes()[0]?.body as { metadata: { ownerReferences: { uid: string; controller?: boolean }[] } };
      assert.deepEqual(
        written.metadata.ownerReferences.map(({ uid, controller }) => [uid, controller]),
        [
          ["b", controls],
          ["u", controls === true ? undefined : true],
        ],
      );
    }
  });

  it("gets the set as its owner that has the name now", async () => {
    const { keeper, writes } = keeperWith(stored(2));
    assert.equal(await keeper.do({ do: "own", set }, object, {}), true);
    assert.deepEqual(writes()[0]?.body, {
      metadata: {
        uid: "c1",
        resourceVersion: "7",
        ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u", controller: true }],
      },
    });
  });
});
