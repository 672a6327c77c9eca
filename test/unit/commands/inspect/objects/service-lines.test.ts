import assert from "node:assert/strict";
import { test } from "node:test";
import { rawService, servedCondition } from "#test/fixtures/controllers/service-parts.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { reportService, serviceColumns } from "#src/commands/inspect/objects/service-lines.ts";
import { projectService } from "#src/controllers/services/service-object.ts";

const lineOf = (object: KubeObject) => serviceColumns.map(({ value }) => value(reportService(projectService(object))));
const lineOfService = (conditions: readonly object[], ips?: string) =>
  lineOf(rawService({ ips, conditions, spec: { ports: [{ port: 80 }, { port: 53, protocol: "UDP" }] } }));

test("a Service that is served shows its addresses and ports", () => {
  assert.deepEqual(lineOfService([servedCondition("True", "Served", "at 10.1.0.200")], "10.1.0.200,fd00::200"), [
    "shop",
    "web",
    "blue",
    "10.1.0.200,fd00::200",
    "-",
    "80/TCP,53/UDP",
    "Served",
    "",
  ]);
});

test("one that is refused shows why, and no address that it only asks for", () => {
  const line = lineOfService([servedCondition("False", "AddressInUse", "10.1.0.9 is in use")], "10.1.0.9");
  assert.deepEqual(line.slice(3), ["-", "-", "80/TCP,53/UDP", "AddressInUse", "10.1.0.9 is in use"]);
});

test("one that no controller has seen is unknown", () => {
  assert.deepEqual(lineOfService([]).slice(6), ["Unknown", "no controller has looked at it yet"]);
});

test("one that is reached from outside shows those addresses, or what is wrong with them", () => {
  const spec = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink", ports: [{ port: 80 }] };
  const line = (status: "True" | "False", message: string) => {
    const outside = {
      ...servedCondition(status, "ServedOutside", message),
      type: "k8s.plugin.opnfv.org/ServedOutside",
    };
    const conditions = [servedCondition("True", "Served"), outside];
    return lineOf(rawService({ ips: "10.1.0.200", conditions, ingress: ["198.51.100.20"], spec })).slice(3);
  };
  assert.deepEqual(line("True", ""), ["10.1.0.200", "198.51.100.20", "80/TCP", "Served", ""]);
  assert.deepEqual(line("False", "no address is free"), ["10.1.0.200", "-", "80/TCP", "Served", "no address is free"]);
});
