import assert from "node:assert/strict";
import { test } from "node:test";
import { parseService } from "#src/api/service/service-config.ts";

const annotations = { "k8s.v1.cni.cncf.io/service-network": "blue" };
const spec = { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 80 }] };
const configOf = (more: object, ids: Record<string, string> = annotations) => {
  const config = parseService({ metadata: { annotations: ids }, spec: { ...spec, ...more } });
  assert.ok(typeof config !== "string");
  return config;
};
const whyNot = (more: object, ids: Record<string, string> = annotations): string => {
  const config = parseService({ metadata: { annotations: ids }, spec: { ...spec, ...more } });
  return typeof config === "string" ? config : "";
};

test("what is left out has the meaning that Kubernetes gives it", () => {
  assert.deepEqual(configOf({}), {
    network: "blue",
    addresses: [],
    selector: { app: "web" },
    ports: [{ protocol: "TCP", port: 80, target: 80 }],
    affinitySeconds: undefined,
    publishNotReady: false,
    hasClusterIp: false,
    outside: undefined,
  });
});

test("ports have targets by number or name, and a client keeps its backend for the time that is given", () => {
  const ports = [{ port: 53, protocol: "UDP", targetPort: "dns" }];
  const config = configOf({ ports, sessionAffinity: "ClientIP" });
  assert.deepEqual(config.ports, [{ protocol: "UDP", port: 53, target: "dns" }]);
  assert.equal(config.affinitySeconds, 10_800);
  const long = { clientIP: { timeoutSeconds: 86_400 } };
  assert.equal(configOf({ sessionAffinity: "ClientIP", sessionAffinityConfig: long }).affinitySeconds, 65_535);
});

test("addresses stand in the annotation, with commas or blanks between", () => {
  const ids = { ...annotations, "k8s.plugin.opnfv.org/service-ips": "10.1.0.200, fd00::200" };
  assert.deepEqual(configOf({ clusterIP: "10.96.0.7" }, ids).addresses, ["10.1.0.200", "fd00::200"]);
  assert.ok(configOf({ clusterIP: "10.96.0.7" }, ids).hasClusterIp);
});

test("what cannot be served says what to write", () => {
  assert.match(whyNot({}, {}), /name a network in the annotation k8s\.v1\.cni\.cncf\.io\/service-network/);
  assert.match(whyNot({ type: "ExternalName" }), /use another type/);
  assert.match(whyNot({ selector: {} }), /write spec\.selector/);
  assert.match(whyNot({ ports: [] }), /write spec\.ports/);
  assert.match(whyNot({ ports: [{ port: "x" }] }), /is not that of a Service/);
});

test("only a Service of our class asks to be reached from outside", () => {
  const spec = { selector: { app: "web" }, ports: [{ port: 80 }], type: "LoadBalancer" };
  const wishOf = (more: object, annotations: Readonly<Record<string, string>> = {}) => {
    const config = parseService({
      metadata: { annotations: { "k8s.v1.cni.cncf.io/service-network": "blue", ...annotations } },
      spec: { ...spec, ...more },
    });
    assert.ok(typeof config !== "string");
    return config.outside;
  };
  const loadBalancerClass = "k8s.plugin.opnfv.org/uplink";
  assert.deepEqual(wishOf({ loadBalancerClass }), { addresses: [] });
  const asked = { "k8s.plugin.opnfv.org/load-balancer-ips": "198.51.100.20, fd00::20" };
  assert.deepEqual(wishOf({ loadBalancerClass }, asked), { addresses: ["198.51.100.20", "fd00::20"] });
  assert.equal(wishOf({}, asked), undefined);
  assert.equal(wishOf({ loadBalancerClass: "example.com/other" }), undefined);
});
