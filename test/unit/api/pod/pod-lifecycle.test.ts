import assert from "node:assert/strict";
import { test } from "node:test";
import { byAge, isDone, isTerminal, mayRun } from "#src/api/pod/pod-lifecycle.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";

interface Facts {
  readonly phase?: string;
  readonly reason?: string;
  readonly restartPolicy?: string;
  readonly deleting?: boolean;
  readonly node?: string;
}

function pod({ phase = "Running", reason, restartPolicy = "Always", deleting = false, node = "n1" }: Facts) {
  return readPod({
    metadata: { name: "p", ...(deleting ? { deletionTimestamp: "2026-11-24T00:00:00Z" } : {}) },
    spec: { restartPolicy, nodeName: node },
    status: { phase, reason },
  });
}

test("Succeeded and Failed are terminal, nothing else is", () => {
  for (const phase of ["Pending", "Running", "Unknown"]) assert.equal(isTerminal(pod({ phase })), false);
  for (const phase of ["Succeeded", "Failed"]) assert.equal(isTerminal(pod({ phase })), true);
});

const doneCases: readonly [Facts, boolean][] = [
  [{ phase: "Succeeded", restartPolicy: "Never" }, true],
  [{ phase: "Failed", restartPolicy: "Never" }, true],
  [{ phase: "Succeeded", restartPolicy: "OnFailure" }, true],
  [{ phase: "Failed", restartPolicy: "OnFailure" }, false],
  [{ phase: "Succeeded", restartPolicy: "Always" }, false],
  [{ phase: "Failed", restartPolicy: "Always" }, false],
  [{ phase: "Failed", restartPolicy: "Always", reason: "Evicted" }, true],
  [{ phase: "Running", restartPolicy: "Never" }, false],
];

test("a pod is done when it ended and its restart policy lets it not run again, or it was evicted", () => {
  for (const [facts, expected] of doneCases) assert.equal(isDone(pod(facts)), expected, JSON.stringify(facts));
});

test("a pod may run until the kubelet says otherwise: deletion alone proves nothing", () => {
  assert.equal(mayRun(pod({ deleting: true })), true);
  assert.equal(mayRun(pod({ deleting: true, phase: "Failed" })), false);
  assert.equal(mayRun(pod({ deleting: true, node: "" })), false);
  assert.equal(mayRun(pod({ node: "" })), true);
  assert.equal(mayRun(pod({ phase: "Succeeded", restartPolicy: "Never" })), false);
});

test("pods are sorted by age, and of those of one second in one order always", () => {
  const aged = (uid: string, creationTimestamp: string) => readPod({ metadata: { uid, creationTimestamp } });
  const [old, b, a] = [
    aged("z", "2026-01-01T00:00:01Z"),
    aged("b", "2026-01-01T00:00:02Z"),
    aged("a", "2026-01-01T00:00:02Z"),
  ];
  for (const pods of [
    [b, a, old],
    [a, old, b],
  ])
    assert.deepEqual(pods.toSorted(byAge), [old, a, b]);
});
