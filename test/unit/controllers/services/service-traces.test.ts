import assert from "node:assert/strict";
import { test } from "node:test";
import { FormerServices, tracesRemoval } from "#src/controllers/services/service-traces.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ListPage } from "#src/kube/client/list-page.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";
import { outsideTold, rawService, servedCondition } from "#test/fixtures/controllers/service-parts.ts";

const uplinkClass = "k8s.plugin.opnfv.org/uplink";
const [servedType, outsideType] = ["k8s.plugin.opnfv.org/Served", "k8s.plugin.opnfv.org/ServedOutside"];
const served = {
  ips: "10.1.0.200",
  conditions: [servedCondition("True", "Served"), outsideTold],
  ingress: ["198.51.100.20"],
};
const removed = (type: string | undefined) => ({ type, $patch: "delete" });

test("addresses, conditions and the annotation that we wrote are taken out", () => {
  const spec = { type: "LoadBalancer", loadBalancerClass: uplinkClass };
  assert.deepEqual(tracesRemoval(rawService({ ...served, spec })), {
    metadata: { uid: "s", annotations: { "k8s.plugin.opnfv.org/service-ips": null } },
    status: { conditions: [removed(servedType), removed(outsideType)], loadBalancer: { ingress: [] } },
  });
});

test("the address that a user asked for in vain stays, and so do those of another class", () => {
  const refused = rawService({ ips: "10.1.0.9", conditions: [servedCondition("False", "AddressInUse")] });
  assert.deepEqual(tracesRemoval(refused), { metadata: { uid: "s" }, status: { conditions: [removed(servedType)] } });
  const others = rawService({ ...served, spec: { type: "LoadBalancer", loadBalancerClass: "example.com/other" } });
  assert.doesNotMatch(JSON.stringify(tracesRemoval(others)), /loadBalancer/);
});

test("a Service without a word of ours is left alone", () => {
  assert.equal(tracesRemoval(rawService({ ips: "10.1.0.9", ingress: ["198.51.100.20"] })), undefined);
});

test("of those that went only one that is still there and has lost the label is cleared", async () => {
  const { api, patches } = new ToldObjects();
  const labels = { "service.kubernetes.io/service-proxy-name": "ovn4nfv" };
  const withLabel = rawService(served);
  let stored: readonly KubeObject[] = [];
  const asked: unknown[] = [];
  const pages = async function* (selection: unknown): AsyncGenerator<ListPage> {
    asked.push(selection);
    yield await Promise.resolve({ items: stored, resourceVersion: "1", continueToken: "", restarted: false });
  };
  const former = new FormerServices({ api: { ...api, pages }, logger: silentLogger });
  await former.clear("s", {});
  assert.deepEqual(asked, [], "nobody has seen it go");
  former.gone("s", { namespace: "shop", name: "web" });
  await former.clear("s", {});
  stored = [{ ...withLabel, metadata: { ...withLabel.metadata, labels } }];
  former.gone("s", { namespace: "shop", name: "web" });
  await former.clear("s", {});
  assert.deepEqual(patches, []);
  stored = [withLabel];
  former.gone("s", { namespace: "shop", name: "web" });
  await former.clear("s", {});
  await former.clear("s", {});
  assert.deepEqual(asked[0], { namespace: "shop", fieldSelector: "metadata.name=web" });
  assert.equal(patches.length, 1);
});
