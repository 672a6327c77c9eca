import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type LateAdmission, LateAllocator } from "#src/controllers/late-allocation/late-allocator.ts";
import { refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorFromFault } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const { request, allocation, multusNetworks } = annotationKeys;

function missed(labels: Readonly<Record<string, string>> = {}, spec: object = {}): KubeObject {
  const annotations = { [request.key]: "{}" };
  const metadata = { name: "web", namespace: "default", uid: "u", resourceVersion: "7", annotations, labels };
  return { metadata, spec };
}

function selecting(spec: object = {}): KubeObject {
  const pod = missed({}, spec);
  return { ...pod, metadata: { ...pod.metadata, annotations: { [multusNetworks.key]: "blue-net" } } };
}

interface World {
  /** Whether the selections of the pod are ours; must not be asked of a pod with a request. */
  isOurs?: boolean;
  /** What each live read finds, the last one from then on. */
  reads: readonly (KubeObject | undefined)[];
  patchError?: Error;
  refusal?: Error;
}

/** Looks once at the pod; what was done, in order. */
async function look(world: World): Promise<readonly string[]> {
  const did: string[] = [];
  let reads = 0;
  const admission: LateAdmission = {
    allocation: "A",
    patch: [],
    undo: () => {
      did.push("undo");
      return Promise.resolve();
    },
  };
  const allocator = new LateAllocator({
    pods: {
      get: () => {
        const found = world.reads[Math.min(reads, world.reads.length - 1)];
        reads += 1;
        return Promise.resolve(found);
      },
      patchAsRead: ({ metadata }) => {
        did.push(`patch ${metadata.resourceVersion}`);
        return world.patchError === undefined ? Promise.resolve() : Promise.reject(world.patchError);
      },
    },
    admit: () => {
      did.push("admit");
      return world.refusal === undefined ? Promise.resolve(admission) : Promise.reject(world.refusal);
    },
    selectsOurs: () =>
      world.isOurs === undefined ? Promise.reject(new Error("was asked")) : Promise.resolve(world.isOurs),
    excludedNamespaces: new Set(),
    record: ({ reason }) => {
      did.push(reason);
    },
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  try {
    const { requeueAfterMs } = await allocator.reconcile({ namespace: "default", name: "web" }, AbortSignal.any([]));
    if (requeueAfterMs !== undefined) did.push(`again in ${requeueAfterMs.toString()}`);
  } catch {
    did.push("throws");
  }
  return did;
}

const unavailable = { field: "", value: undefined, reason: "", remedy: "" };

describe("LateAllocator", () => {
  it("writes into the version of the pod that it read, and tells of it", async () => {
    assert.deepEqual(await look({ reads: [missed()] }), ["admit", "patch 7", "AllocatedLate"]);
  });

  it("does nothing for a pod that is gone, or was allocated for by somebody else", async () => {
    assert.deepEqual(await look({ reads: [undefined] }), []);
    assert.deepEqual(await look({ reads: [missed({ [allocation.key]: "B" })] }), []);
  });

  it("allocates nothing for a pod that is on a node by now", async () => {
    assert.deepEqual(await look({ reads: [missed({}, { nodeName: "worker" })] }), ["NotAllocated"]);
  });

  it("treats a pod that selects definitions of ours like one with a request, and leaves one that selects others'", async () => {
    assert.deepEqual(await look({ reads: [selecting()], isOurs: true }), ["admit", "patch 7", "AllocatedLate"]);
    assert.deepEqual(await look({ reads: [selecting({ nodeName: "worker" })], isOurs: true }), ["NotAllocated"]);
    assert.deepEqual(await look({ reads: [selecting()], isOurs: false }), []);
    assert.deepEqual(await look({ reads: [selecting({ nodeName: "worker" })], isOurs: false }), []);
  });

  it("takes the addresses back when the pod was scheduled between read and patch", async () => {
    const patchError = statusError(422, "Invalid");
    assert.deepEqual(await look({ reads: [missed()], patchError }), ["admit", "patch 7", "undo", "throws"]);
  });

  it("takes nothing back while nobody knows whether the patch was stored: the sweep finds out", async () => {
    const patchError = apiErrorFromFault("PATCH", new Error("connection reset"));
    assert.deepEqual(await look({ reads: [missed()], patchError }), ["admit", "patch 7", "throws"]);
  });

  it("sees that a patch whose answer was lost was stored", async () => {
    const patchError = apiErrorFromFault("PATCH", new Error("connection reset"));
    const reads = [missed(), missed({ [allocation.key]: "A" })];
    assert.deepEqual(await look({ reads, patchError }), ["admit", "patch 7", "AllocatedLate"]);
  });

  it("tells of a refusal and tries again a minute later, but retries at once what is only unavailable", async () => {
    const wrong = refusal("UnknownNetwork", unavailable);
    assert.deepEqual(await look({ reads: [missed()], refusal: wrong }), [
      "admit",
      "AllocationRefused",
      "again in 60000",
    ]);
    const down = refusal("BackendUnavailable", unavailable);
    assert.deepEqual(await look({ reads: [missed()], refusal: down }), ["admit", "throws"]);
  });
});
