import assert from "node:assert/strict";
import { test } from "node:test";
import { outsideTold, rawService, servedCondition } from "#test/fixtures/controllers/service-parts.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import {
  projectService,
  projectServiceNetwork,
  promisedAddresses,
  promisedOutside,
} from "#src/controllers/services/service-object.ts";

const raw = (object: object): KubeObject => object as unknown as KubeObject;

test("a Network that is wrong or goes serves nobody", () => {
  const network = (spec: object, more: object = {}) =>
    projectServiceNetwork(raw({ metadata: { name: "blue", namespace: "default", uid: "n", ...more }, spec }));
  const spec = { ipv4Subnets: [{ subnet: "10.1.0.0/24" }], serviceAddresses: ["10.1.0.200"] };
  assert.equal(network(spec)?.ranges.length, 1);
  assert.equal(network(spec, { deletionTimestamp: "2026-01-01T00:00:00Z" }), undefined);
  assert.equal(network({ ...spec, serviceAddresses: ["10.9.0.1"] }), undefined);
});

test("a Service has the addresses of its annotation once it was told of them, and only asks for them before", () => {
  const promised = (reason: string) =>
    promisedAddresses(
      projectService(rawService({ ips: "10.1.0.200,FD00::0200", conditions: [servedCondition("True", reason)] })),
    );
  assert.deepEqual(promised("Served"), ["10.1.0.200", "fd00::200"]);
  assert.deepEqual(promised("NoBackends"), ["10.1.0.200", "fd00::200"]);
  assert.deepEqual(promised("NoSuchNamedPort"), ["10.1.0.200", "fd00::200"]);
  assert.deepEqual(promised("AddressInUse"), []);
});

test("the addresses in the status are ours only where the Service has our class and was told them, one of each family", () => {
  const ingress = ["198.51.100.20", "198.51.100.21", "fd00::20", "fd00::21"];
  const told = (loadBalancerClass: string, conditions = [outsideTold], more: object = {}) =>
    promisedOutside(
      projectService(rawService({ ingress, conditions, spec: { type: "LoadBalancer", loadBalancerClass, ...more } })),
    );
  const ours = "k8s.plugin.opnfv.org/uplink";
  assert.deepEqual(told(ours), ["198.51.100.20", "fd00::20"]);
  assert.deepEqual(told(ours, [outsideTold], { selector: {} }), ["198.51.100.20", "fd00::20"], "not served for now");
  assert.deepEqual(told(ours, []), []);
  assert.deepEqual(told("example.com/other"), []);
});
