import assert from "node:assert/strict";
import { test } from "node:test";
import { apiVersionOf, resourcePath, resources } from "#src/kube/client/resources.ts";

test("core objects live under /api, all others under /apis", () => {
  assert.equal(resourcePath(resources.pods, { namespace: "a", name: "b" }), "/api/v1/namespaces/a/pods/b");
  assert.equal(resourcePath(resources.leases, { namespace: "a" }), "/apis/coordination.k8s.io/v1/namespaces/a/leases");
  assert.equal(apiVersionOf(resources.pods), "v1");
  assert.equal(apiVersionOf(resources.networks), "k8s.plugin.opnfv.org/v1alpha1");
});

test("no namespace means all namespaces, and cluster objects ignore one", () => {
  assert.equal(resourcePath(resources.pods), "/api/v1/pods");
  assert.equal(resourcePath(resources.nodes, { namespace: "a", name: "n1" }), "/api/v1/nodes/n1");
});

test("subresources follow the name", () => {
  assert.equal(
    resourcePath(resources.pods, { namespace: "a", name: "b", subresource: "status" }),
    "/api/v1/namespaces/a/pods/b/status",
  );
});

test("a hostile name cannot leave its place in the path", () => {
  assert.equal(
    resourcePath(resources.pods, { namespace: "a", name: "../../secrets" }),
    "/api/v1/namespaces/a/pods/..%2F..%2Fsecrets",
  );
  const url = new URL(resourcePath(resources.pods, { namespace: "..", name: "." }), "https://x");
  assert.equal(url.pathname, "/api/v1/namespaces/%00/pods/%00");
});
