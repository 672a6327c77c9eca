import assert from "node:assert/strict";
import { test } from "node:test";
import { describeWaiting, projectUnplacedPod } from "#src/controllers/placement/waiting-pod.ts";

const wire = (ready: boolean, message = "") => ({ interface: "eth1", ready, reason: "NoCarrier", message });
const node = (name: string, wires: Readonly<Record<string, ReturnType<typeof wire>>>) => ({
  name,
  labels: {},
  wires: new Map(Object.entries(wires)),
});
const label = (name: string) => `provider.k8s.plugin.opnfv.org/${name}`;
const pod = (reason: string, nodeSelector: object = { [label("wan")]: "ready", [label("lan")]: "ready", zone: "a" }) =>
  projectUnplacedPod({
    metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "1" },
    spec: { nodeSelector },
    status: { conditions: [{ type: "PodScheduled", status: "False", reason, message: "0/2 nodes" }] },
  });

test("a pod waits for the wires that its node selector names, when the scheduler found no node for it", () => {
  const { wires, isRefused } = pod("Unschedulable");
  assert.deepEqual([wires, isRefused], [["lan", "wan"], true]);
  assert.equal(pod("SchedulingGated").isRefused, false, "nobody looked for a node yet");
  assert.deepEqual(pod("Unschedulable", {}).wires, []);
});

test("a waiting pod is told which nodes carry all of its wires, or why none does", () => {
  const both = { wires: ["lan", "wan"] };
  const n1 = node("n1", { lan: wire(true), wan: wire(false, "eth1 has no carrier") });
  const n2 = node("n2", { lan: wire(true), wan: wire(true) });
  assert.equal(
    describeWaiting(both, [n1, n2]),
    "the wires lan and wan. Nodes that carry them: n2; the scheduler says why none of these takes the pod",
  );
  assert.equal(
    describeWaiting(both, [n1]),
    "the wires lan and wan, and no node carries them (n1: eth1 has no carrier)",
  );
  assert.equal(describeWaiting({ wires: ["wan"] }, []), "the wire wan, and no node carries it");
});
