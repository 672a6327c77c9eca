import assert from "node:assert/strict";
import { it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { parseResult } from "#src/api/result.ts";

it("no key stands twice", () => {
  const keys = Object.values(annotationKeys).map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

it("the keys that pods, policies and manifests carry stay as they are", () => {
  assert.deepEqual(
    [annotationKeys.request, annotationKeys.result, annotationKeys.token, annotationKeys.allocation].map(
      ({ key }) => key,
    ),
    [
      "k8s.plugin.opnfv.org/nfn-network",
      "k8s.plugin.opnfv.org/ovnInterfaces",
      "k8s.plugin.opnfv.org/allocation-token",
      "k8s.plugin.opnfv.org/allocation",
    ],
  );
  assert.equal(annotationKeys.finalizer.key, "k8s.plugin.opnfv.org/addresses");
  assert.equal(annotationKeys.multusNetworks.key, "k8s.v1.cni.cncf.io/networks");
});

it("each example is one that its reader takes", () => {
  const { request, earlyRequest, earlyRoutes, result, multusNetworks } = annotationKeys;
  assert.equal(parseRequest({ [request.key]: request.example }).request?.interfaces.length, 1);
  const early = { [earlyRequest.key]: earlyRequest.example, [earlyRoutes.key]: earlyRoutes.example };
  assert.equal(parseRequest(early).request?.interfaces[0]?.routes.length, 1);
  assert.equal(parseResult(result.example).length, 1);
  assert.equal(parseSelections(multusNetworks.example, "default").length, 1);
});

it("labels and annotations are ones that the API server takes", () => {
  for (const entry of Object.values(annotationKeys)) {
    assert.match(entry.key, /^([a-z0-9.-]+\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
    if (!entry.kind.endsWith("label")) continue;
    assert.match("value" in entry ? entry.value : entry.example, /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
  }
});
