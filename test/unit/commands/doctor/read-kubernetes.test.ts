import assert from "node:assert/strict";
import { test } from "node:test";
import { readKubernetes } from "#src/commands/doctor/read-kubernetes.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";

const place = {
  namespace: "ovn4nfv-system",
  trialNamespace: "default",
  definition: { namespace: "kube-system", name: "ovn4nfv" },
};

test("the agents and the definition are read once, and a read that hangs keeps no other from beginning", async () => {
  const asked: string[] = [];
  const { promise: networksAsked, resolve } = Promise.withResolvers<undefined>();
  const client = new FakeApiClient(async ({ path, query }) => {
    asked.push(`${path}?${String(query?.["labelSelector"] ?? "")}`);
    if (path === "/version") return { gitVersion: "v1.34.4" };
    if (path.endsWith("/selfsubjectreviews")) return { metadata: { creationTimestamp: "2026-11-24T10:00:00Z" } };
    // Networks that do not go are read with what users wait for. The nodes answer only after that.
    if (path.endsWith("/networks")) resolve(undefined);
    if (path.endsWith("/nodes")) await networksAsked;
    return listOf([], "1");
  });
  const facts = await readKubernetes({ ...place, client }, 0, {});
  assert.deepEqual(facts.nodes, { value: [] });
  assert.deepEqual(facts.stuckNetworks, { value: [] });
  const times = (pattern: RegExp): number => asked.filter((line) => pattern.test(line)).length;
  assert.equal(times(/\/pods\?.*=ovn4nfv-agent$/), 1);
  assert.equal(times(/\/network-attachment-definitions\/ovn4nfv\?/), 1);
});
