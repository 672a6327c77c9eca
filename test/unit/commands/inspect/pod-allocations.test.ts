import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { type ListedPort, podAllocations } from "#src/commands/inspect/pod-allocations.ts";
import { id, labelledPod, portName } from "#test/fixtures/controllers/labelled-pod.ts";

const uid = "uid-web";

function port(podUid: string, parts: Partial<ListedPort> = {}): ListedPort {
  const owner = { allocation: id, namespace: "default", pod: "web", podUid, cluster: "" };
  return { name: portName, owner, interface: "net1", network: "blue", addresses: ["10.1.0.7"], ...parts };
}

function states(ports: readonly ListedPort[], pods: readonly PodMetadata[] | undefined): readonly string[] {
  return podAllocations(ports, pods).map(({ namespace, pod, state, addresses }) =>
    [`${namespace}/${pod}`, state, addresses.join(",")].join(" "),
  );
}

test("a pod that holds its ports is bound, with node, networks and addresses", () => {
  assert.deepEqual(podAllocations([port(uid)], [labelledPod()]), [
    {
      namespace: "default",
      pod: "web",
      node: "worker",
      state: "bound",
      allocation: id,
      interfaces: [{ interface: "net1", network: "blue", addresses: ["10.1.0.7"] }],
      networks: ["blue"],
      addresses: ["10.1.0.7"],
    },
  ]);
});

test("ports without a UID are reserved, with their pod or without", () => {
  assert.deepEqual(states([port("")], [labelledPod()]), ["default/web reserved 10.1.0.7"]);
  assert.deepEqual(states([port("")], []), ["default/web reserved 10.1.0.7"]);
  const unnamed = port("", { owner: { allocation: id, namespace: "default", pod: "", podUid: "", cluster: "" } });
  assert.deepEqual(states([unnamed], []), ["default/* reserved 10.1.0.7"]);
});

test("a pod whose ports are gone is missing, and shown with what its result says", () => {
  assert.deepEqual(states([], [labelledPod()]), ["default/web missing 10.1.0.7"]);
});

test("a pod that holds other addresses than its result says differs, and is shown with what its ports hold", () => {
  const held = ["10.1.0.99", "10.1.0.7"];
  assert.deepEqual(states([port(uid, { addresses: held })], [labelledPod()]), [
    "default/web differs 10.1.0.99,10.1.0.7",
  ]);
  const unreadable = labelledPod({ metadata: { annotations: { [annotationKeys.result.key]: "[]" } } });
  assert.deepEqual(states([port(uid)], [unreadable]), ["default/web differs 10.1.0.7"]);
  const renamed = labelledPod();
  assert.deepEqual(
    states([port(uid, { name: "another", addresses: ["10.1.0.5"] })], [renamed]),
    ["default/web differs 10.1.0.5"],
    "the result names a port that is not there, and the pod has one that it does not name",
  );
});

test("a pod with the label of another is missing, and the other stays bound", () => {
  const copy = labelledPod({ name: "copy", uid: "uid-copy" });
  assert.deepEqual(states([port(uid)], [copy, labelledPod()]), [
    "default/copy missing 10.1.0.7",
    "default/web bound 10.1.0.7",
  ]);
});

test("bound ports without their pod are an orphan, but not when the cluster was not asked", () => {
  assert.deepEqual(states([port(uid)], []), ["default/web orphan 10.1.0.7"]);
  assert.deepEqual(states([port(uid)], undefined), ["default/web bound 10.1.0.7"]);
});

test("a pod that kept only its result is released, and one without any mark is not shown", () => {
  const released = labelledPod({ metadata: { labels: {}, finalizers: [] } });
  const plain = labelledPod({ name: "plain", metadata: { labels: {}, annotations: {} } });
  assert.deepEqual(states([], [plain, released]), ["default/web released "]);
  assert.equal(released.metadata.labels[annotationKeys.allocation.key], undefined);
});

test("interfaces come in the order of the request, and without the pod in that of their names", () => {
  const [first] = storedResultOf(labelledPod());
  assert.ok(first !== undefined);
  const names = ["wan", "net10", "net2"];
  const result = JSON.stringify(names.map((name) => ({ ...first, interface: name, port: `${id}-${name}` })));
  const pod = labelledPod({ metadata: { annotations: { [annotationKeys.result.key]: result } } });
  const ports = names.toSorted().map((name) => port(uid, { name: `${id}-${name}`, interface: name }));
  const order = (pods: readonly PodMetadata[] | undefined) =>
    podAllocations(ports, pods).map(({ interfaces }) => interfaces.map((each) => each.interface).join());
  assert.deepEqual(order([pod]), ["wan,net10,net2"]);
  assert.deepEqual(order(undefined), ["net2,net10,wan"]);
});
