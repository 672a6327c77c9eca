import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readDefinitions, waitingPods } from "#src/commands/doctor/stuck/waiting-pods.ts";

const nowMs = Date.parse("2026-11-28T12:01:00Z");
const at = "2026-11-28T12:00:00Z";
const asking = { [annotationKeys.request.key]: "{}" };

/** A pod that was scheduled a minute ago and has no sandbox. */
function pod(parts: {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly conditions?: readonly object[];
  readonly waiting?: string;
  readonly metadata?: object;
  readonly nodeName?: string;
}) {
  const { annotations = asking, conditions = [], waiting = "ContainerCreating", nodeName = "n1" } = parts;
  const metadata = {
    name: "web",
    namespace: "team",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: at,
    annotations,
  };
  return {
    metadata: { ...metadata, ...parts.metadata },
    spec: { nodeName },
    status: { phase: "Pending", conditions, containerStatuses: [{ state: { waiting: { reason: waiting } } }] },
  };
}

test("a pod that asks and has no sandbox for longer than usual waits, with what it asks for", () => {
  const selecting = pod({ annotations: { [annotationKeys.multusNetworks.key]: "blue-net,other/green" } });
  assert.deepEqual(
    waitingPods([pod({}), selecting], nowMs).map((each) => [
      each.waitsMs,
      each.hasRequest,
      each.hasResult,
      each.selects,
    ]),
    [
      [60_000, true, false, []],
      [60_000, false, false, ["team/blue-net", "other/green"]],
    ],
  );
});

test("a pod waits for something else when it asks for nothing, is new, on no node, wired, or at its images", () => {
  const others = [
    pod({ annotations: {} }),
    pod({ conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: "2026-11-28T12:00:55Z" }] }),
    pod({ nodeName: "" }),
    pod({ conditions: [{ type: "PodReadyToStartContainers", status: "True" }] }),
    pod({ waiting: "ImagePullBackOff" }),
    pod({ metadata: { deletionTimestamp: at } }),
  ];
  assert.deepEqual(waitingPods(others, nowMs), []);
});

test("definitions are known by name, and those of our plugin apart", () => {
  const definition = (name: string, type: string) => ({
    metadata: { name, namespace: "team", uid: name, resourceVersion: "1" },
    spec: { config: JSON.stringify({ type }) },
  });
  const { all, ours } = readDefinitions([definition("a", "ovn4nfv-cni"), definition("b", "macvlan")]);
  assert.deepEqual([[...all], [...ours.keys()]], [["team/a", "team/b"], ["team/a"]]);
});
