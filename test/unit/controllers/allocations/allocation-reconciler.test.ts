import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { AllocationReconciler } from "#src/controllers/allocations/allocation-reconciler.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { PodFacts } from "#src/controllers/allocation-rules/pod-facts.ts";
import type { PodBinding, PodPinning, PortWriter, PortRemoval } from "#src/controllers/allocations/port-writer.ts";
import type { HotPlug } from "#src/controllers/allocations/hot-plug.ts";
import type { PortCorrector } from "#src/controllers/allocations/port-corrector.ts";
import type { ReCreator } from "#src/controllers/allocations/re-creator.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { id, keys, labelledPod, resultText, row, signer, tokenFor } from "#test/fixtures/controllers/labelled-pod.ts";

interface World {
  rows: readonly PortRow[];
  /** The pods as the informer shows them. */
  pods: readonly PodMetadata[];
  /** The pods as the API server has them. */
  stored: readonly PodMetadata[];
  /** True when somebody changes the owner of the rows before they can be deleted. */
  taken?: boolean;
  /** The reason for which ports cannot be made again. */
  trouble?: string;
  /** Somebody edited the rows. */
  edited?: boolean;
  /** The chassis of the pod's node. */
  chassis?: string;
  /** The switches that the ports are on. */
  switches?: readonly string[];
}

function reconciling(world: World) {
  const clock = new ManualClock();
  const did: string[] = [];
  const messages: string[] = [];
  const podFacts = new PodFacts({
    keys,
    nodeState: () => Promise.resolve("there"),
    monotonicMs: () => clock.monotonicMs(),
    forceBoundMs: 1_000,
  });
  const writer = {
    bind: (bindings: readonly PodBinding[], pinnings: readonly PodPinning[]) => {
      for (const { chassis } of bindings) did.push(["bind", chassis ?? ""].join(" ").trim());
      for (const { chassis } of pinnings) did.push(`pin ${chassis}`);
      return Promise.resolve();
    },
    remove: (removals: readonly PortRemoval[]) => {
      did.push(`delete ${removals.flatMap(({ rows }) => rows).length.toString()}`);
      return Promise.resolve(new Set(world.taken === true ? [] : removals));
    },
  } as unknown as PortWriter;
  const reCreator = {
    reCreate: () => {
      did.push("re-create");
      return Promise.resolve(world.trouble);
    },
  } as unknown as ReCreator;
  const corrector = {
    correct: () => {
      did.push("correct");
      return Promise.resolve(world.trouble);
    },
  } as unknown as PortCorrector;
  const asObject = (pod: PodMetadata) => pod as unknown as KubeObject;
  const reconciler = new AllocationReconciler({
    rows: { of: () => world.rows },
    podsOf: () => world.pods,
    pods: {
      get: ({ uid }) => Promise.resolve(world.stored.filter(({ metadata }) => metadata.uid === uid).map(asObject)[0]),
      listByLabel: (_selection, read) => Promise.resolve(world.stored.map((pod) => read(asObject(pod)))),
      removeFinalizer: ({ name }, { uid, annotations = [] }) => {
        // With its token, a copy of the ended pod would look like a pod whose rows were lost.
        const what = annotations.includes(annotationKeys.token.key) ? "let go" : "let go with its token";
        did.push(name === "web" ? what : `${what} of ${name}, ${uid}`);
        return Promise.resolve("patched");
      },
      addFinalizer: () => Promise.resolve("patched"),
      setCondition: ({ name }, { condition: { status } }) => {
        did.push(`networks of ${name} ready: ${status}`);
        return Promise.resolve("patched");
      },
    },
    writer,
    reCreator,
    corrector,
    handover: { move: () => Promise.resolve(true) },
    hotPlug: { bound: () => {} } as unknown as HotPlug,
    isAsWritten: () => world.edited !== true,
    wantedChassis: () => world.chassis,
    switchesOf: () => world.switches ?? ["blue"],
    podFacts,
    keys,
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    record: ({ reason, message }) => {
      did.push(reason);
      messages.push(message);
    },
    leaseMs: 100,
    settleMs: 10,
  });
  const look = async (afterMs: number) => {
    clock.jump(afterMs);
    did.length = 0;
    const outcomes = await reconciler.reconcile([id], AbortSignal.any([]));
    return [...did, ...[...outcomes.values()].map((outcome) => JSON.stringify(outcome))];
  };
  return Object.assign(look, { messages });
}

describe("AllocationReconciler", () => {
  it("binds to the chassis of the pod's node, and pins what requests another one", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [row("")], pods: [pod], stored: [pod], chassis: "c-1" };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ["bind c-1"]);
    world.rows = [row("uid-web")];
    assert.deepEqual(await look(0), ["pin c-1"]);
    world.rows = [{ ...row("uid-web"), chassis: "c-1" }];
    assert.deepEqual(await look(0), []);
    world.chassis = "c-2";
    assert.deepEqual(await look(0), ["pin c-2"]);
  });

  it("tells of a running pod whose port is down for 30 s, and not before", async () => {
    const pod = labelledPod({ token: tokenFor("web"), status: { phase: "Running" } });
    const world: World = { rows: [{ ...row("uid-web"), isDown: true }], pods: [pod], stored: [pod] };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ['{"requeueAfterMs":30000}']);
    assert.deepEqual(await look(29_000), ['{"requeueAfterMs":1000}']);
    assert.deepEqual(await look(1_000), ["PortDown"]);
    assert.match(look.messages[0] ?? "", /ovn-controller of its node/);
    world.rows = [row("uid-web")];
    assert.deepEqual(await look(1_000), []);
    world.rows = [{ ...row("uid-web"), isDown: true }];
    assert.deepEqual(await look(1_000), ['{"requeueAfterMs":30000}']);
  });

  it("deletes the ports before it lets the pod go", async () => {
    const pod = labelledPod({
      token: tokenFor("web"),
      metadata: { deletionTimestamp: "2026-01-01T01:00:00Z" },
      status: { phase: "Failed" },
    });
    const look = reconciling({ rows: [row("uid-web")], pods: [pod], stored: [pod] });
    assert.deepEqual(await look(0), ["delete 1", "let go"]);
  });

  it("keeps the finalizer while the ports could not be deleted, and looks again after a pause", async () => {
    const pod = labelledPod({
      token: tokenFor("web"),
      metadata: { deletionTimestamp: "2026-01-01T01:00:00Z" },
      status: { phase: "Failed" },
    });
    const world: World = { rows: [row("uid-web")], pods: [pod], stored: [pod], taken: true };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ["delete 1", '{"requeueAfterMs":100}']);
    world.taken = false;
    assert.deepEqual(await look(0), ["delete 1", "let go"]);
  });

  it("deletes no port for a forged pod that has ended, but releases it", async () => {
    const copy = labelledPod({
      uid: "uid-copy",
      metadata: { deletionTimestamp: "2026-01-01T01:00:00Z" },
      status: { phase: "Failed" },
    });
    const owner = labelledPod({ token: tokenFor("web") });
    const look = reconciling({ rows: [row("uid-web")], pods: [copy, owner], stored: [copy, owner] });
    assert.deepEqual(await look(0), ["delete 0", "let go"]);
  });

  it("takes the marks off a living copy when the rows are bound to the original, and records an Event", async () => {
    const token = signer.sign({
      allocation: id,
      namespace: "default",
      name: "",
      generateName: "web-",
      result: resultText,
    });
    const [owner, copy] = ["web-1", "web-2"].map((name) =>
      labelledPod({ name, uid: `uid-${name}`, token, metadata: { generateName: "web-" } }),
    ) as [PodMetadata, PodMetadata];
    const look = reconciling({ rows: [row("uid-web-1")], pods: [copy, owner], stored: [copy, owner] });
    assert.deepEqual(await look(0), ["DuplicateAllocation", "let go of web-2, uid-web-2"]);
  });

  it("lets a pod go once, however often its allocation is looked at before the informer shows it", async () => {
    const ended = { deletionTimestamp: "2026-01-01T01:00:00Z", resourceVersion: "7" };
    const pod = labelledPod({ token: tokenFor("web"), metadata: ended, status: { phase: "Failed" } });
    const world: World = { rows: [row("uid-web")], pods: [pod], stored: [pod] };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ["delete 1", "let go"]);
    world.rows = [];
    assert.deepEqual(await look(0), []);
    // Another write came between. The pod still has our finalizer.
    world.pods = [{ ...pod, metadata: { ...pod.metadata, resourceVersion: "8" } }];
    assert.deepEqual(await look(0), ["delete 0", "let go"]);
  });

  it("sweeps a reservation past its lease, unless a LIST finds its pod", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [row("")], pods: [], stored: [pod] };
    const look = reconciling(world);
    assert.deepEqual(await look(99), ['{"requeueAfterMs":1}']);
    assert.deepEqual(await look(1), ['{"requeueAfterMs":100}']);
    world.stored = [labelledPod({ token: tokenFor("another") })];
    assert.deepEqual(await look(100), ["delete 1"]);
  });

  it("frees the ports of a pod that is gone only at the second look, and by a live read", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [row("uid-web")], pods: [], stored: [pod] };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ['{"requeueAfterMs":10}']);
    assert.deepEqual(await look(10), ['{"requeueAfterMs":60000}']);
    world.stored = [];
    assert.deepEqual(await look(60_000), ["delete 1"]);
  });

  it("makes lost ports again only at the second look, and only for a pod that is stored", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [], pods: [pod], stored: [] };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ['{"requeueAfterMs":10}']);
    assert.deepEqual(await look(10), []);
    world.stored = [pod];
    assert.deepEqual(await look(1), ["re-create", "PortRestored"]);
  });

  it("reports ports that could not be made again, and tries again until they are made", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [], pods: [pod], stored: [pod], trouble: "the switch of network blue vanished" };
    const look = reconciling(world);
    await look(0);
    assert.deepEqual(await look(10), ["re-create", "PortLost", '{"requeueAfterMs":60000}']);
    delete world.trouble;
    assert.deepEqual(await look(60_000), ["re-create", "PortRestored"]);
  });

  it("leaves ports on several switches alone whatever their pod does, tells of it, and lets the pod go", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = { rows: [row("uid-web")], pods: [pod], stored: [pod], switches: ["blue", "red"] };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ["PortOnSeveralSwitches", '{"requeueAfterMs":60000}']);
    assert.match(look.messages[0] ?? "", /blue, red/);
    world.pods = [];
    world.stored = [];
    for (const ms of [0, 60_000]) assert.deepEqual(await look(ms), ['{"requeueAfterMs":60000}'], "no port is deleted");
    world.switches = ["blue"];
    await look(60_000);
    assert.notDeepEqual(await look(60_000), [], "deleted as usual when it is on one switch again");
  });

  it("writes edited ports again only at the second look, and reports it, or what keeps it from that", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const world: World = {
      rows: [row("uid-web")],
      pods: [pod],
      stored: [pod],
      edited: true,
      trouble: "port vm holds it",
    };
    const look = reconciling(world);
    assert.deepEqual(await look(0), ['{"requeueAfterMs":10}']);
    assert.deepEqual(await look(10), ["correct", "PortChanged", '{"requeueAfterMs":60000}']);
    delete world.trouble;
    assert.deepEqual(await look(60_000), ["correct", "PortCorrected"]);
    world.stored = [];
    assert.deepEqual(await look(0), [], "by a live read");
    world.edited = false;
    assert.deepEqual(await look(0), []);
  });

  it("reports a forged label to the user, and does nothing", async () => {
    const pod = labelledPod({ token: tokenFor("another") });
    const look = reconciling({ rows: [], pods: [pod], stored: [pod] });
    assert.deepEqual(await look(0), ["ForgedResult"]);
    assert.match(look.messages[0] ?? "", /it holds no addresses/);
  });

  it("says of a pod whose result was edited that its addresses are held until it is deleted, and takes nothing", async () => {
    const edited = { annotations: { [annotationKeys.result.key]: resultText.replace("10.1.0.7", "10.1.0.8") } };
    const pod = labelledPod({ token: tokenFor("web"), metadata: edited });
    const look = reconciling({ rows: [row("uid-web")], pods: [pod], stored: [pod], edited: true });
    assert.deepEqual(await look(0), ["ForgedResult"]);
    assert.match(look.messages[0] ?? "", /the addresses of its ports are held until it is deleted/);
    assert.doesNotMatch(look.messages[0] ?? "", /no addresses/);
  });
});
