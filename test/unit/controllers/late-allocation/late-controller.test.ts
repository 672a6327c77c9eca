import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";
import { runLateController } from "#src/controllers/late-allocation/late-controller.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { listOf, pod } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const { request, multusNetworks, multusNamespace } = annotationKeys;

const asking = (name: string) => pod(name, "1", { annotations: { [request.key]: "{}" } });
const selecting = (name: string) => pod(name, "1", { annotations: { [multusNetworks.key]: "blue-net" } });

/** Starts the controller with an API server whose watches the test writes. `onNodes` is the answer of the one list. */
async function started(onNodes: readonly object[] = []) {
  const server = new FakeWatchServer();
  const decided: string[] = [];
  const told: string[] = [];
  server.list = ({ path, query }) => {
    const name = path.split("/").at(-1) ?? "";
    if (name === "pods") return query?.["fieldSelector"] === "spec.nodeName!=" ? listOf(onNodes, "1") : undefined;
    const found = onNodes.find((one) => (one as { metadata: { name: string } }).metadata.name === name);
    return found ?? (name === "multus" ? selecting(name) : asking(name));
  };
  const stop = new AbortController();
  const running = runLateController(
    {
      client: server,
      decide: ({ object }) => {
        decided.push(readPod(object).metadata.name ?? "");
        return Promise.resolve({ kind: "unchanged", warnings: [] });
      },
      definitions: namedDefinitions(["default/blue-net"]),
      excludedNamespaces: new Set(),
      record: ({ reason }) => void told.push(reason),
      clock: new ManualClock(),
      logger: silentLogger,
      metrics: createMetrics(),
    },
    stop.signal,
  );
  await settled();
  const watchOf = (part: string) => {
    const found = server.watches.find(({ request: { path } }) => path.endsWith(part));
    assert.ok(found, `${part} is not watched`);
    return found;
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { pods: watchOf("/pods"), namespaces: watchOf("/namespaces"), decided, told, end };
}

describe("the controller of late allocation", () => {
  it("watches pods without our label that are on no node, and decides about those that ask", async () => {
    const { pods, decided, end } = await started();
    assert.equal(pods.request.query?.["fieldSelector"], "spec.nodeName=");
    assert.match(String(pods.request.query["labelSelector"]), /^!/);
    pods.send("ADDED", asking("web"));
    pods.send("ADDED", pod("plain", "1"));
    pods.bookmark("2", true);
    await settled();
    assert.deepEqual(decided, ["web"]);
    await end();
  });

  it("counts selections in namespaces that opted in, also when that is known after the pod", async () => {
    const { pods, namespaces, decided, end } = await started();
    pods.send("ADDED", selecting("multus"));
    pods.bookmark("2", true);
    await settled();
    assert.deepEqual(decided, []);
    assert.match(String(namespaces.request.query?.["labelSelector"]), new RegExp(`^${multusNamespace.key}=`));
    namespaces.send("ADDED", { metadata: { name: "default", uid: "n", resourceVersion: "1" } });
    namespaces.bookmark("2", true);
    await settled();
    assert.deepEqual(decided, ["multus"]);
    await end();
  });

  it("looks once at the pods on nodes, which can only get an Event", async () => {
    const scheduled = { ...asking("old"), spec: { nodeName: "n1" } };
    const { namespaces, decided, told, end } = await started([scheduled]);
    namespaces.bookmark("1", true);
    await settled();
    assert.equal(told.length, 1);
    assert.deepEqual(decided, []);
    await end();
  });
});
