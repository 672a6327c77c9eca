import assert from "node:assert/strict";
import { it } from "node:test";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { refusalOf, refused } from "#test/assertions/refused.ts";

it("a pod on its way through admission may lack name, namespace, uid, maps and status", () => {
  const pod = readPod({ metadata: { generateName: "web-", creationTimestamp: null, annotations: null } });
  assert.equal(pod.metadata.name, undefined);
  assert.equal(pod.metadata.generateName, "web-");
  assert.equal(pod.metadata.creationTimestamp, undefined);
  assert.deepEqual([pod.metadata.annotations, pod.metadata.labels, pod.metadata.finalizers], [{}, {}, []]);
  assert.deepEqual([pod.spec.hostNetwork, pod.spec.nodeName, pod.status.phase], [false, undefined, undefined]);
});

it("what we read of a stored pod is there, whatever else the pod has", () => {
  const pod = readPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-1",
      namespace: "shop",
      uid: "u",
      resourceVersion: "7",
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 0,
      annotations: { a: "b" },
      labels: { c: "d" },
      finalizers: ["e"],
      managedFields: [{}],
    },
    spec: {
      hostNetwork: true,
      hostname: "web",
      nodeName: "node-1",
      restartPolicy: "Never",
      nodeSelector: { zone: "a" },
      readinessGates: [
        { conditionType: "example.com/other" },
        { conditionType: "k8s.plugin.opnfv.org/networks-ready" },
      ],
      containers: [],
    },
    status: {
      phase: "Failed",
      reason: "Evicted",
      podIPs: [],
      conditions: [{ type: "k8s.plugin.opnfv.org/networks-ready", status: "False" }, { type: "Ready" }],
    },
  });
  assert.deepEqual(pod, {
    metadata: {
      name: "web-1",
      namespace: "shop",
      uid: "u",
      resourceVersion: "7",
      generateName: undefined,
      creationTimestamp: undefined,
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 0,
      annotations: { a: "b" },
      labels: { c: "d" },
      finalizers: ["e"],
    },
    spec: {
      hostNetwork: true,
      hostname: "web",
      nodeName: "node-1",
      restartPolicy: "Never",
      nodeSelector: { zone: "a" },
      waitsForNetworks: true,
    },
    status: { phase: "Failed", reason: "Evicted", networksReady: "False" },
  });
});

it("of a pod with many faults only the first one is looked for", () => {
  const wrong = Array.from({ length: 1_000 }, () => 1);
  const refusedWith = (metadata: object, spec = {}, status = {}): readonly unknown[] => {
    const { cause } = refusalOf(() => readPod({ metadata, spec, status }));
    return (cause as { issues: readonly unknown[] }).issues;
  };
  const map = Object.fromEntries(wrong.map((value, at) => [`k${at}`, value]));
  for (const metadata of [{ finalizers: wrong }, { ownerReferences: wrong }, { annotations: map }, { labels: map }]) {
    assert.equal(refusedWith(metadata).length, 1);
  }
  for (const spec of [{ readinessGates: wrong }, { nodeSelector: map }]) {
    assert.equal(refusedWith({}, spec).length, 1);
  }
  assert.equal(refusedWith({}, {}, { conditions: wrong }).length, 1);
});

it("what is no pod is refused where it is none", () => {
  assert.equal(refused(() => readPod({ metadata: { annotations: { a: 1 } } })).field, "pod.metadata.annotations.a");
  for (const value of [null, undefined, 7, "pod", [], {}, { metadata: [] }, { metadata: {}, spec: "x" }]) {
    assert.equal(refused(() => readPod(value)).code, "Malformed");
  }
});
