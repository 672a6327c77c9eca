import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { reportService, serviceColumns } from "#src/commands/inspect/service-lines.ts";
import { projectService } from "#src/controllers/services/service-object.ts";

const service = (conditions: readonly object[], ips?: string): KubeObject =>
  ({
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "u",
      annotations: {
        "k8s.v1.cni.cncf.io/service-network": "blue",
        ...(ips && { "k8s.plugin.opnfv.org/service-ips": ips }),
      },
    },
    spec: { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 80 }, { port: 53, protocol: "UDP" }] },
    status: { conditions },
  }) as unknown as KubeObject;
const lineOf = (object: KubeObject) => serviceColumns.map(({ value }) => value(reportService(projectService(object))));
const said = (status: string, reason: string, message: string) => [
  { type: "k8s.plugin.opnfv.org/Served", status, reason, message },
];

test("a Service that is served shows its addresses and ports", () => {
  assert.deepEqual(lineOf(service(said("True", "Served", "at 10.1.0.200"), "10.1.0.200,fd00::200")), [
    "shop",
    "web",
    "blue",
    "10.1.0.200,fd00::200",
    "80/TCP,53/UDP",
    "Served",
    "",
  ]);
});

test("one that is refused shows why, and no address that it only asks for", () => {
  const line = lineOf(service(said("False", "AddressInUse", "10.1.0.9 is in use"), "10.1.0.9"));
  assert.deepEqual(line.slice(3), ["-", "80/TCP,53/UDP", "AddressInUse", "10.1.0.9 is in use"]);
});

test("one that no controller has seen is unknown", () => {
  assert.deepEqual(lineOf(service([])).slice(5), ["Unknown", "no controller has looked at it yet"]);
});
