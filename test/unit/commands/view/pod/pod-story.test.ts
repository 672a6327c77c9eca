import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { ShownPort } from "#src/commands/view/items/pod-items.ts";
import { podItems } from "#src/commands/view/items/pod-items.ts";
import { tellPod } from "#src/commands/view/pod/pod-story.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { id, labelledPod, portName, resultText } from "#test/fixtures/controllers/labelled-pod.ts";

const port: ShownPort = {
  name: portName,
  owner: { allocation: id, namespace: "default", pod: "web", podUid: "uid-web", cluster: "" },
  interface: "net1",
  network: "blue",
  addresses: ["10.1.0.7"],
  mac: "0a:58:0a:01:00:07",
  up: true,
  claim: undefined,
};
const pod = podItems([port], [labelledPod()])[0] ?? assert.fail();
const stored = {
  metadata: {
    name: "web",
    namespace: "default",
    uid: "uid-web",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    annotations: { [annotationKeys.result.key]: resultText, [annotationKeys.request.key]: "{<b>}" },
  },
  spec: { nodeName: "worker" },
  status: { phase: "Running" },
};

test("a pod is told with its request as written, its result, its ports and its Events", async () => {
  const event = {
    metadata: { name: "e", uid: "e", resourceVersion: "1" },
    type: "Normal",
    reason: "Added",
    message: "m",
  };
  const client = new FakeApiClient(({ path }) => (path.endsWith("/events") ? listOf([event], "1") : stored));
  const story = await tellPod({ pod, client, ports: [port], nowMs: 0 }, {});
  assert.deepEqual(story.request, [{ annotation: annotationKeys.request.key, value: "{<b>}" }]);
  assert.deepEqual(
    story.result?.map(({ name, network, addresses }) => [name, network, addresses]),
    [["net1", "blue", ["10.1.0.7/24"]]],
  );
  assert.deepEqual(story.ports, [
    { name: portName, interface: "net1", northbound: { network: "blue", addresses: ["10.1.0.7"], up: true } },
  ]);
  assert.deepEqual(
    story.steps.map(({ state }) => state),
    ["done", "waits", "done", "done", "done"],
  );
  assert.deepEqual(
    story.events.map(({ reason }) => reason),
    ["Added"],
  );
  assert.deepEqual([story.findings, story.unread], [[], []]);
});

test("what may not be read is named, and what is wrong is told all the same", async () => {
  const lost = podItems([], [labelledPod()])[0] ?? assert.fail();
  const right =
    'pods "web" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "default"';
  const client = new FakeApiClient(() => Promise.reject(statusError(403, "Forbidden", right)));
  const story = await tellPod({ pod: lost, client, ports: [], nowMs: 0 }, {});
  assert.match(story.unread[0] ?? "", /may get pods in default/);
  assert.deepEqual(
    story.findings.map(({ health }) => health),
    ["failed"],
  );
  assert.match(story.findings[0]?.cure ?? "", /create the pod again/);
});

test("without the Northbound database nothing is said of ports", async () => {
  const client = new FakeApiClient(({ path }) => (path.endsWith("/events") ? listOf([], "1") : stored));
  const story = await tellPod({ pod, client, ports: undefined, nowMs: 0 }, {});
  assert.equal("ports" in story, false);
  assert.equal(story.steps.find(({ name }) => name === "bound")?.state, "unknown");
});
