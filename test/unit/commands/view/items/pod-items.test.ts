import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { podItems, podsOfObjects, type ShownPort } from "#src/commands/view/items/pod-items.ts";
import { id, labelledPod, portName, resultText } from "#test/fixtures/controllers/labelled-pod.ts";

function port(podUid: string, parts: Partial<ShownPort> = {}): ShownPort {
  const owner = { allocation: id, namespace: "default", pod: "web", podUid, cluster: "" };
  const more = { mac: "0a:58:0a:01:00:07", up: true, claim: undefined };
  return { name: portName, owner, interface: "net1", network: "blue", addresses: ["10.1.0.7"], ...more, ...parts };
}

const waiting = labelledPod({
  name: "new",
  metadata: { labels: {}, annotations: { [annotationKeys.request.key]: "{}" } },
  spec: { nodeName: null },
  status: { phase: "Pending" },
});

test("a pod has the links by which the page draws its edges", () => {
  assert.deepEqual(podItems([port("uid-web", { claim: "claim/default/db" })], [labelledPod()]), [
    {
      kind: "pod",
      key: "pod/default/web",
      namespace: "default",
      name: "web",
      ready: "yes",
      node: "node/worker",
      state: "bound",
      allocation: id,
      interfaces: [
        {
          name: "net1",
          network: "network/blue",
          addresses: ["10.1.0.7"],
          mac: "0a:58:0a:01:00:07",
          port: portName,
          up: true,
          claim: "claim/default/db",
        },
      ],
    },
  ]);
});

test("a pod that runs while no chassis has its port is not ready, and one that starts is not judged", () => {
  const down = [port("uid-web", { up: false })];
  const [running] = podItems(down, [labelledPod()]);
  assert.deepEqual([running?.ready, running?.reason], ["no", "PortDown"]);
  const [starting] = podItems(down, [labelledPod({ status: { phase: "Pending" } })]);
  assert.deepEqual([starting?.ready, starting?.reason], ["unknown", undefined]);
});

test("a pod is not called broken for an interface that was plugged and that nobody has attached", () => {
  const results = (JSON.parse(resultText) as readonly object[]).map((one) => ({ ...one, plugged: true }));
  const annotations = { [annotationKeys.result.key]: JSON.stringify(results) };
  const [pod] = podItems([port("uid-web", { up: false })], [labelledPod({ metadata: { annotations } })]);
  assert.deepEqual([pod?.ready, pod?.reason], ["unknown", undefined]);
  const status = { [annotationKeys.multusStatus.key]: '[{"interface":"net1"}]' };
  const attached = labelledPod({ metadata: { annotations: { ...annotations, ...status } } });
  assert.equal(podItems([port("uid-web", { up: false })], [attached])[0]?.reason, "PortDown");
});

test("a pod without its ports says what that means, and shows what it was promised", () => {
  const [pod] = podItems([], [labelledPod()]);
  assert.deepEqual([pod?.ready, pod?.reason, pod?.state], ["no", "missing", "missing"]);
  assert.deepEqual(pod?.interfaces[0]?.addresses, ["10.1.0.7"]);
});

test("a pod that asks and was given nothing is shown as waiting, and one that asks for nothing is not shown", () => {
  const quiet = labelledPod({ name: "quiet", metadata: { labels: {}, annotations: {} } });
  assert.deepEqual(
    podItems([], [waiting, quiet]).map(({ key, state }) => [key, state]),
    [["pod/default/new", "waiting"]],
  );
});

test("ports without a pod have keys of their own beside the pod that has the name now", () => {
  const old = { allocation: "old", namespace: "default", pod: "web", podUid: "gone", cluster: "" };
  const unnamed = { allocation: "open", namespace: "default", pod: "", podUid: "", cluster: "" };
  const ports = [
    port("uid-web"),
    port("", { owner: old, name: "old-net1" }),
    port("", { owner: unnamed, name: "open-net1" }),
  ];
  const keys = podItems(ports, [labelledPod()]).map(({ key }) => key);
  assert.deepEqual(keys.toSorted(), ["pod/default/*/open", "pod/default/web", "pod/default/web/old"]);
});

test("without the database a pod tells of itself", () => {
  const [pod, asks] = podsOfObjects([labelledPod(), waiting]);
  assert.deepEqual([pod?.state, pod?.ready, pod?.interfaces[0]?.network], ["allocated", "unknown", "network/blue"]);
  assert.equal(asks?.state, "waiting");
});
