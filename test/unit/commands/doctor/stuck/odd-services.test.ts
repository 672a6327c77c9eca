import assert from "node:assert/strict";
import { test } from "node:test";
import { oddServices } from "#src/commands/doctor/stuck/odd-services.ts";
import { rawService, servedCondition, type ServiceParts } from "#test/fixtures/controllers/service-parts.ts";

const spec = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink", clusterIP: "10.96.0.7" };
const served = servedCondition("True", "Served");
const whyOf = (parts: ServiceParts, label = "ovn4nfv") => {
  const raw = rawService(parts);
  const labels = { "service.kubernetes.io/service-proxy-name": label };
  return oddServices([{ ...raw, metadata: { ...raw.metadata, labels } }]).map(({ why }) => why);
};

test("a Service that is served is well, and so are those of others", () => {
  assert.deepEqual(whyOf({ conditions: [served] }), []);
  assert.deepEqual(whyOf({}, "somebody"), []);
});

test("one that is not served says why, on each side, or that nobody has looked at it", () => {
  assert.deepEqual(whyOf({}), ["no controller has looked at it yet"]);
  assert.deepEqual(whyOf({ conditions: [servedCondition("False", "NoBackends", "no ready pod")] }), ["no ready pod"]);
  const full = {
    ...servedCondition("False", "PoolExhausted", "no address"),
    type: "k8s.plugin.opnfv.org/ServedOutside",
  };
  assert.deepEqual(whyOf({ conditions: [served, full], spec }), ["no address"]);
});

test("a clusterIP that nobody serves is told where the user could do without it", () => {
  assert.match(
    whyOf({ conditions: [served], spec: { clusterIP: "10.96.0.7" } }).join(),
    /a clusterIP, which nobody serves/,
  );
  assert.deepEqual(whyOf({ conditions: [served], spec }), ["no controller has looked at it yet"]);
});

test("our class without our label is told, since no controller looks at it", () => {
  assert.match(whyOf({ spec }, "").join(), /has the class k8s\.plugin\.opnfv\.org\/uplink, and not the label/);
});
