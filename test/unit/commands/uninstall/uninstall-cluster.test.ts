import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import {
  awaitNodesCleared,
  endTaps,
  listDeleted,
  listLabelledPods,
  removeNetworks,
  removePodMarks,
  removeProcesses,
} from "#src/commands/uninstall/uninstall-cluster.ts";
import { removeFinalizerPatch } from "#src/kube/finalizers.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeApiClient, listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** A cluster whose API server answers by this function, and the lines that are printed about the removal. */
function removing(answer: (request: ApiRequest, count: number) => unknown) {
  const client = new FakeApiClient(answer);
  const clock = new ManualClock();
  const said: string[] = [];
  const call = { deadlineMs: 1_000, signal: new AbortController().signal };
  const parts = { client, clock, say: (line: string) => void said.push(line), call };
  const changes = (): readonly string[] =>
    client.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  return { parts, said, client, clock, changes };
}

const gone = (): never => {
  throw statusError(404, "NotFound");
};

describe("taking an installation out of a cluster", () => {
  it("finds the pods that hold addresses by their label", async () => {
    const { parts, client } = removing(() => listOf([pod("web", "1")], "1"));
    assert.deepEqual(await listLabelledPods(parts), [{ namespace: "default", name: "web", uid: "uid-web" }]);
    assert.equal(client.requests[0]?.query?.["labelSelector"], annotationKeys.allocation.key);
  });

  it("deletes the registrations before the processes, and waits until their pods are gone", async () => {
    let pods = 2;
    const { parts, said, clock, changes } = removing(({ method }) => {
      if (method === "GET") pods -= 1;
      return method === "GET" ? listOf(pods > 0 ? [pod("ovn4nfv-webhook-1", "1")] : [], "1") : {};
    });
    const done = removeProcesses("ovn4nfv-system", parts);
    await clock.advance(1_000);
    await done;
    assert.deepEqual(
      changes().map((change) => change.split("/").at(-1)),
      ["zz-ovn4nfv", "ovn4nfv", "ovn4nfv-webhook", "ovn4nfv-cainjector", "ovn4nfv-controller"],
    );
    assert.equal(said.length, 5);
  });

  it("says nothing of what was gone before, and does not wait for ever", async () => {
    const { parts, said, clock } = removing(({ method }) =>
      method === "GET" ? listOf([pod("slow", "1")], "1") : gone(),
    );
    const done = assert.rejects(removeProcesses("ovn4nfv-system", parts), { code: "DeadlineExceeded" });
    await clock.advance(2_000);
    await done;
    assert.deepEqual(said, []);
  });

  it("takes finalizer and label off a pod of that UID alone", async () => {
    const { parts, client, said } = removing(() => pod("web", "7"));
    await removePodMarks([{ namespace: "default", name: "web", uid: "uid-web" }], parts);
    const { finalizer, allocation } = annotationKeys;
    assert.deepEqual(
      client.requests.map(({ method, path, body }) => [method, path.split("/pods/")[1], body]),
      [
        [
          "PATCH",
          "web/status",
          removeFinalizerPatch({ uid: "uid-web", finalizer: finalizer.key, labels: [allocation.key] }),
        ],
      ],
    );
    assert.deepEqual(said, ["Pod default/web released"]);
  });

  it("asks the nodes that have taps for none any more", async () => {
    const tap = { uid: "u", name: "default/tap", direction: "both", sources: [], sink: { port: "b" } };
    const [tapped, bare, odd] = [pod("n1", "3"), pod("n2", "3"), pod("n3", "3")];
    const nodes = [
      { ...tapped, spec: { taps: [tap] } },
      { ...bare, spec: {} },
      { ...odd, spec: { taps: [{ ...tap, direction: "sideways" }] } },
    ];
    const { parts, said, client } = removing(({ method }) => (method === "GET" ? listOf(nodes, "3") : tapped));
    await endTaps(parts);
    const patches = client.requests.filter(({ method }) => method === "PATCH");
    assert.deepEqual(
      patches.map(({ path, body }) => [path.split("/").at(-1), body]),
      ["n1", "n3"].map((name) => [name, { metadata: { uid: `uid-${name}` }, spec: { taps: null } }]),
      "also those that cannot be read",
    );
    assert.deepEqual(said, ["taps on n1 ended", "taps on n3 ended"]);
  });

  it("takes only our finalizers off each Network and ProviderNetwork before it deletes it", async () => {
    const network = pod("blue", "3", { finalizers: ["k8s.plugin.opnfv.org/network", "other/one"] });
    const { parts, said, changes, client } = removing(({ method, path }) =>
      method !== "GET" ? network : listOf(/\/(?:uplinks|floatingips)$/.test(path) ? [] : [network], "3"),
    );
    await removeNetworks(parts);
    const root = "/apis/k8s.plugin.opnfv.org/v1alpha1/namespaces/default";
    assert.deepEqual(
      changes(),
      ["networks", "providernetworks"].flatMap((kind) => [`PATCH ${root}/${kind}/blue`, `DELETE ${root}/${kind}/blue`]),
    );
    const metadata = { uid: "uid-blue", resourceVersion: "3", finalizers: ["other/one"] };
    assert.deepEqual(client.requests.find(({ method }) => method === "PATCH")?.body, { metadata });
    assert.deepEqual(said, ["Network default/blue deleted", "ProviderNetwork default/blue deleted"]);
  });

  it("names the objects that it would delete, of each kind, and changes nothing", async () => {
    const cluster = { metadata: { name: "west", uid: "uid-west", resourceVersion: "3" } };
    const { parts, changes } = removing(({ path }) => {
      return listOf([path.endsWith("/uplinks") ? cluster : pod("blue", "3")], "3");
    });
    assert.deepEqual(await listDeleted(parts), [
      "FloatingIP default/blue",
      "Network default/blue",
      "ProviderNetwork default/blue",
      "Uplink west",
    ]);
    assert.deepEqual(changes(), []);
  });

  it("waits until the agents have taken their bridges away", async () => {
    let wires: object[] = [{ physicalNetwork: "ovn4nfv-eth1", conditions: [] }];
    const { parts, said, clock } = removing(() => listOf([{ ...pod("n1", "1"), status: { wires } }], "1"));
    let isDone = false;
    const done = awaitNodesCleared(parts).then(() => (isDone = true));
    await clock.advance(500);
    assert.equal(isDone, false);
    wires = [];
    await clock.advance(500);
    await done;
    assert.deepEqual(said, []);
  });

  it("names the nodes whose bridges stay, and goes on", async () => {
    const status = { wires: [{ physicalNetwork: "ovn4nfv-eth1", conditions: [] }] };
    const { parts, said, clock } = removing(() => listOf([{ ...pod("n1", "1"), status }], "1"));
    const done = awaitNodesCleared(parts);
    await clock.advance(2_000);
    await done;
    assert.match(said[0] ?? "", /^bridges of ours stay on n1/);
  });

  it("counts a node whose status cannot be read as one that is not cleared", async () => {
    const status = { taps: [{ uid: "u", state: "Odd" }] };
    const { parts, said, clock } = removing(() => listOf([{ ...pod("n1", "1"), status }, pod("n2", "1")], "1"));
    const done = awaitNodesCleared(parts);
    await clock.advance(2_000);
    await done;
    assert.match(said.join(), /cannot be read stay on n1: is the agent running/);
  });

  it("waits until the agents have taken the mirrors of taps away, and names the nodes where some stay", async () => {
    const active = { uid: "u", state: "Active", reason: "Mirrored", message: "", sources: ["a"] };
    let taps: object[] = [active];
    const { parts, said, clock } = removing(() => listOf([{ ...pod("n1", "1"), status: { taps } }], "1"));
    let isDone = false;
    const done = awaitNodesCleared(parts).then(() => (isDone = true));
    await clock.advance(500);
    assert.equal(isDone, false);
    taps = [];
    await clock.advance(500);
    await done;
    taps = [active];
    const late = awaitNodesCleared(parts);
    await clock.advance(25_000);
    await late;
    assert.deepEqual(said, ["mirrors of taps stay on n1: is the agent running there? See kubectl describe ovnnode"]);
  });

  it("finds no Networks where their definition is gone already", async () => {
    const { parts, changes } = removing(gone);
    await removeNetworks(parts);
    assert.deepEqual(changes(), []);
  });
});
