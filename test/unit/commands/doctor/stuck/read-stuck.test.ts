import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import {
  brokenChains,
  brokenTaps,
  readStuck,
  readStuckPods,
  refusedWorkloads,
} from "#src/commands/doctor/stuck/read-stuck.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";

const nowMs = Date.parse("2026-11-28T12:01:00Z");
const at = "2026-11-28T12:00:00Z";
const meta = (name: string, more: object = {}) => ({
  name,
  namespace: "team",
  uid: name,
  resourceVersion: "1",
  ...more,
});

const refusal =
  'admission webhook "allocate.pods.ovn4nfv.opnfv.org" denied the request: PoolExhausted: interface[0].name "blue" is full';
const replicaSet = (message: string) => ({
  metadata: meta("web-1", { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] }),
  status: { conditions: [{ type: "ReplicaFailure", status: "True", message }] },
});

test("a Deployment whose pods we refuse is found by its ReplicaSet, with the words of the refusal", () => {
  assert.deepEqual(refusedWorkloads([replicaSet(refusal), replicaSet("exceeded quota: none")]), [
    { workload: "Deployment team/web", message: 'PoolExhausted: interface[0].name "blue" is full' },
  ]);
});

test("pods, Networks and workloads are read with what says why, and each has its own reason when it may not be read", async () => {
  const annotations = { [annotationKeys.multusNetworks.key]: "gone" };
  const lists: Readonly<Record<string, readonly object[]>> = {
    "/api/v1/pods": [
      {
        metadata: meta("web", { creationTimestamp: at, annotations }),
        spec: { nodeName: "n1" },
        status: { phase: "Pending" },
      },
    ],
    "/api/v1/namespaces": [{ metadata: { name: "team", uid: "t", resourceVersion: "1" } }],
    "/api/v1/namespaces/team/events": [
      { metadata: meta("e1"), type: "Warning", message: "cannot find it", lastTimestamp: at },
      { metadata: meta("e2"), type: "Normal", message: "Scheduled", lastTimestamp: "2026-11-28T12:00:30Z" },
    ],
    "/apis/k8s.plugin.opnfv.org/v1alpha1/networks": [
      {
        metadata: meta("blue", { deletionTimestamp: at }),
        status: { conditions: [{ type: "Ready", status: "False", message: "used by team/web" }] },
      },
    ],
  };
  const client = new FakeApiClient(({ path }) => {
    const items = lists[path];
    if (items !== undefined) return listOf(items, "1");
    if (path.endsWith("/replicasets")) {
      const message =
        'replicasets.apps is forbidden: User "u" cannot list resource "replicasets" in API group "apps" at the cluster scope';
      throw statusError(403, "Forbidden", message);
    }
    throw statusError(404, "NotFound");
  });
  const { stuckPods, stuckNetworks, stuckWorkloads } = await readStuck(client, nowMs, {});
  assert.ok("value" in stuckPods, JSON.stringify(stuckPods));
  assert.deepEqual(
    stuckPods.value.map(({ name, missingDefinitions, isOptedIn, lastWarning }) => [
      name,
      missingDefinitions,
      isOptedIn,
      lastWarning,
    ]),
    [["web", ["team/gone"], false, "cannot find it"]],
  );
  assert.deepEqual(stuckNetworks, {
    value: [{ namespace: "team", name: "blue", sinceMs: 60_000, why: "used by team/web" }],
  });
  assert.deepEqual(stuckWorkloads, {
    why: "needs a user who may list replicasets: run it with your kubeconfig",
    cure: "",
  });
});

test("a chain is told of when it is not Ready, lacks something, or has no status", () => {
  const condition = (type: string, status: string, message: string) => ({
    type,
    status,
    message,
    reason: "R",
    lastTransitionTime: "2026-11-28T20:00:00Z",
  });
  const chain = (name: string, ...conditions: readonly object[]) => ({
    metadata: { name, namespace: "team", uid: name, resourceVersion: "1" },
    spec: { routingSpec: { networkChain: "net=a,app=fw,net=b" } },
    ...(conditions.length === 0 ? {} : { status: { conditions } }),
  });
  const found = brokenChains([
    chain("whole", condition("Ready", "True", ""), condition("Degraded", "False", "")),
    chain("bypassed", condition("Ready", "True", ""), condition("Degraded", "True", "there is no such pod")),
    chain("refused", condition("Ready", "False", "no Network"), condition("Degraded", "False", "no traffic")),
    chain("new"),
  ]);
  assert.deepEqual(
    found.map(({ name, why }) => [name, why]),
    [
      ["bypassed", "there is no such pod"],
      ["refused", "no Network"],
      ["new", ""],
    ],
  );
});

test("a tap is told of when it is not Ready, or has no status", () => {
  const tap = (name: string, ...conditions: readonly object[]) => ({
    metadata: { namespace: "shop", name, uid: name, resourceVersion: "1" },
    spec: { sources: { network: "blue" }, sink: { podSelector: {} } },
    ...(conditions.length === 0 ? {} : { status: { conditions } }),
  });
  const ready = (status: string, message: string) => {
    return { type: "Ready", status, reason: "R", message, lastTransitionTime: "2026-01-01T00:00:00Z" };
  };
  const found = brokenTaps([tap("whole", ready("True", "")), tap("waits", ready("False", "no pod")), tap("new")]);
  assert.deepEqual(
    found.map(({ name, why }) => `${name} ${why}`),
    ["waits no pod", "new "],
  );
});

test("one who may read his namespaces alone is told why his pods wait, and no definition is missing that he may not see", async () => {
  const waiting = {
    namespace: "team",
    name: "web",
    uid: "web",
    node: "n1",
    waitsMs: 60_000,
    hasRequest: true,
    hasResult: true,
  };
  const client = new FakeApiClient(({ path }) => {
    if (path === "/api/v1/namespaces/team") {
      const { key, value } = annotationKeys.multusNamespace;
      return { metadata: { name: "team", uid: "t", resourceVersion: "1", labels: { [key]: value } } };
    }
    if (path.includes("/namespaces/team/")) return listOf([], "1");
    throw statusError(
      403,
      "Forbidden",
      'x is forbidden: User "u" cannot list resource "x" in API group "" at the cluster scope',
    );
  });
  const [stuck] = await readStuckPods(client, [{ ...waiting, selects: ["team/gone", "kube-system/ovn4nfv"] }], {});
  assert.deepEqual([stuck?.missingDefinitions, stuck?.isOptedIn], [["team/gone"], true]);
});
