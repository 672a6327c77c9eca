import assert from "node:assert/strict";
import { test } from "node:test";
import { readCluster } from "#src/commands/doctor/read-cluster.ts";
import { beginSharedReads } from "#src/commands/doctor/shared-reads.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";

const place = {
  namespace: "ovn4nfv-system",
  trialNamespace: "default",
  definition: { namespace: "kube-system", name: "ovn4nfv" },
};

const readFrom = (client: FakeApiClient) =>
  readCluster({ ...place, client }, beginSharedReads({ ...place, client }, {}), {});

test("something that one may not read has a reason in its place, and everything else is read", async () => {
  const client = new FakeApiClient(({ path }) => {
    if (path === "/version") return { gitVersion: "v1.34.4" };
    if (path.endsWith("/selfsubjectreviews")) return { metadata: { creationTimestamp: "2026-11-24T10:00:00Z" } };
    if (path.endsWith("/nodes")) return listOf([{ metadata: { name: "n1", uid: "u", resourceVersion: "1" } }], "1");
    throw statusError(403, "Forbidden", "not for you");
  });
  const facts = await readFrom(client);
  assert.deepEqual(facts.apiServer, { value: { version: "1.34.4", nowMs: Date.UTC(2026, 10, 24, 10) } });
  assert.deepEqual(facts.nodes, { value: [{ name: "n1", chassis: "n1", published: undefined }] });
  assert.match("why" in facts.serving ? facts.serving.why : "", /403 Forbidden: not for you/);
  assert.ok("why" in facts.definition);
});

test("a node has the chassis that its agent has published, and none when the agent has published none", async () => {
  const client = new FakeApiClient(({ path }) => {
    const node = (name: string) => ({ metadata: { name, uid: name, resourceVersion: "1" } });
    if (path.endsWith("/nodes")) return listOf([node("n1"), node("n2")], "1");
    if (path.endsWith("/ovnnodes")) return listOf([{ ...node("n1"), status: { systemId: "c-1" } }], "1");
    throw statusError(403, "Forbidden");
  });
  assert.deepEqual((await readFrom(client)).nodes, {
    value: [
      { name: "n1", chassis: "c-1", published: "c-1" },
      { name: "n2", chassis: "n2", published: "" },
    ],
  });
});

test("a definition is missing by itself, or with its kind", async () => {
  const read = (isKindThere: boolean) => {
    const client = new FakeApiClient(({ path }) => {
      if (isKindThere && path.endsWith("/network-attachment-definitions")) return listOf([], "1");
      throw statusError(404, "NotFound");
    });
    return readFrom(client);
  };
  assert.deepEqual((await read(true)).definition, { value: "no object" });
  assert.deepEqual((await read(false)).definition, { value: "no kind" });
  assert.deepEqual((await read(false)).leader, { value: undefined });
});

test("a pod counts as ready by its condition", async () => {
  const agent = (name: string, status: string, args: readonly string[]) => ({
    metadata: { name, namespace: "ovn4nfv-system", uid: name, resourceVersion: "1" },
    spec: { nodeName: name, containers: [{ name: "agent", args }] },
    status: { conditions: [{ type: "Ready", status }] },
  });
  const client = new FakeApiClient(({ path, query }) => {
    if (!path.endsWith("/pods") || query?.["labelSelector"] !== "app.kubernetes.io/name=ovn4nfv-agent")
      throw statusError(403, "Forbidden");
    return listOf([agent("n1", "True", ["agent", "--kept-ranges=10.0.0.0/8"]), agent("n2", "False", ["agent"])], "1");
  });
  const { agents } = await readFrom(client);
  assert.deepEqual(agents, {
    value: [
      { node: "n1", ready: true, namesBypassCidrs: true, asksForCertificates: false },
      { node: "n2", ready: false, namesBypassCidrs: false, asksForCertificates: false },
    ],
  });
});
