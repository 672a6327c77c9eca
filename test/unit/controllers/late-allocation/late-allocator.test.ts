import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { LateAllocator } from "#src/controllers/late-allocation/late-allocator.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import type { PodReservation } from "#src/pods/pod-decision.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
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
  /** True when the selections of the pod are ours. Undefined for a pod with a request, for which nobody may ask. */
  isOurs?: boolean;
  /** The results of the live reads, one after the other. The last one stays. */
  reads: readonly (KubeObject | undefined)[];
  patchError?: Error;
  refusal?: AppError<RefusalCode>;
  /** The patch of the decision. It is empty by default. */
  patch?: readonly PatchOperation[];
  fault?: AppError;
}

/** Handles the pod once. Returns the actions in order. */
async function look(world: World): Promise<readonly string[]> {
  const did: string[] = [];
  let reads = 0;
  const reservation: PodReservation = {
    allocation: "A",
    confirm: () => did.push("confirm"),
    rollBack: () => {
      did.push("roll back");
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
    decide: ({ object, namespace, dryRun, username }) => {
      assert.deepEqual([namespace, dryRun, username], ["default", false, "ovn4nfv controller"]);
      assert.ok(world.reads.some((read) => (read as unknown) === object));
      did.push("decide");
      if (world.fault !== undefined) return Promise.reject(world.fault);
      return Promise.resolve(
        world.refusal === undefined
          ? { kind: "patched", patch: world.patch ?? [], warnings: [], reservation }
          : { kind: "refused", error: world.refusal, warnings: [] },
      );
    },
    definitions: () =>
      world.isOurs === undefined
        ? Promise.reject(new Error("was asked"))
        : Promise.resolve(new Map(world.isOurs ? [["default/blue-net", { network: "blue" }]] : [])),
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
  it("writes into the version of the pod that it read, and records an Event", async () => {
    assert.deepEqual(await look({ reads: [missed()] }), ["decide", "confirm", "patch 7", "AllocatedLate"]);
  });

  it("does nothing for a pod that is gone, or was allocated for by somebody else", async () => {
    assert.deepEqual(await look({ reads: [undefined] }), []);
    assert.deepEqual(await look({ reads: [missed({ [allocation.key]: "B" })] }), []);
  });

  it("allocates nothing for a pod that is on a node by now", async () => {
    assert.deepEqual(await look({ reads: [missed({}, { nodeName: "worker" })] }), ["NotAllocated"]);
  });

  it("gives nothing to a pod that would need another spec, and tells its owner to create it again", async () => {
    const metadata = { op: "add", path: "/metadata/labels", value: {} } as const;
    const spec = { op: "add", path: "/spec/readinessGates", value: [] } as const;
    assert.deepEqual(await look({ reads: [missed()], patch: [metadata] }), [
      "decide",
      "confirm",
      "patch 7",
      "AllocatedLate",
    ]);
    assert.deepEqual(await look({ reads: [missed()], patch: [metadata, spec] }), [
      "decide",
      "roll back",
      "NotAllocated",
    ]);
  });

  it("treats a pod that selects definitions of ours like one with a request, and leaves one that selects others'", async () => {
    assert.deepEqual(await look({ reads: [selecting()], isOurs: true }), [
      "decide",
      "confirm",
      "patch 7",
      "AllocatedLate",
    ]);
    assert.deepEqual(await look({ reads: [selecting({ nodeName: "worker" })], isOurs: true }), ["NotAllocated"]);
    assert.deepEqual(await look({ reads: [selecting()], isOurs: false }), []);
    assert.deepEqual(await look({ reads: [selecting({ nodeName: "worker" })], isOurs: false }), []);
  });

  it("rolls back when the pod was scheduled between read and patch", async () => {
    const patchError = statusError(422, "Invalid");
    assert.deepEqual(await look({ reads: [missed()], patchError }), [
      "decide",
      "confirm",
      "patch 7",
      "roll back",
      "throws",
    ]);
  });

  it("rolls nothing back while nobody knows whether the patch was stored; the sweep finds out", async () => {
    const patchError = apiErrorFromFault("PATCH", new Error("connection reset"));
    assert.deepEqual(await look({ reads: [missed()], patchError }), ["decide", "confirm", "patch 7", "throws"]);
  });

  it("sees that a patch whose answer was lost was stored", async () => {
    const patchError = apiErrorFromFault("PATCH", new Error("connection reset"));
    const reads = [missed(), missed({ [allocation.key]: "A" })];
    assert.deepEqual(await look({ reads, patchError }), ["decide", "confirm", "patch 7", "AllocatedLate"]);
  });

  it("records an Event for a refusal and tries again a minute later, but retries at once when something is unavailable", async () => {
    const wrong = refusal("UnknownNetwork", unavailable);
    assert.deepEqual(await look({ reads: [missed()], refusal: wrong }), [
      "decide",
      "AllocationRefused",
      "again in 60000",
    ]);
    const down = refusal("BackendUnavailable", unavailable);
    assert.deepEqual(await look({ reads: [missed()], refusal: down }), ["decide", "throws"]);
    assert.deepEqual(await look({ reads: [missed()], fault: down }), ["decide", "throws"]);
  });
});
