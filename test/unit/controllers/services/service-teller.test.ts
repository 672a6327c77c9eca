import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import type { ServedOutside } from "#src/controllers/services/outside-holds.ts";
import { ServiceTeller } from "#src/controllers/services/service-teller.ts";
import { parseIp } from "#src/net/ip.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";
import {
  outsideTold,
  rawService,
  servedCondition,
  type ServiceParts,
} from "#test/fixtures/controllers/service-parts.ts";

const service = (parts: ServiceParts = {}) => projectService(rawService(parts));
const address = parseIp("10.1.0.200");
assert.ok(address);
const served = {
  kind: "served",
  service: { uid: "s", namespace: "shop", name: "web", addresses: [address], ports: [], affinitySeconds: undefined },
  problem: undefined,
} as const;

async function tell(...args: Parameters<ServiceTeller["tell"]>) {
  const { api, events, patches, notes } = new ToldObjects();
  const teller = new ServiceTeller({ api, events, clock: { now: () => 0 }, logger: silentLogger });
  await teller.tell(...args);
  return { bodies: patches, reasons: notes.map(({ reason }) => reason) };
}
const call = { signal: new AbortController().signal };

test("addresses and condition are written once, with an Event", async () => {
  const { bodies, reasons } = await tell(service(), served, undefined, call);
  assert.deepEqual(bodies, [
    {
      metadata: { uid: "s", annotations: { "k8s.plugin.opnfv.org/service-ips": "10.1.0.200" } },
      status: {
        conditions: [
          {
            type: "k8s.plugin.opnfv.org/Served",
            status: "True",
            reason: "Served",
            message: "at 10.1.0.200",
            lastTransitionTime: "1970-01-01T00:00:00.000Z",
          },
        ],
      },
    },
  ]);
  assert.deepEqual(reasons, ["Served"]);
  const told = { ips: "10.1.0.200", conditions: [servedCondition("True", "Served", "at 10.1.0.200")] };
  assert.deepEqual(await tell(service(told), served, undefined, call), { bodies: [], reasons: [] });
});

test("a refusal keeps the address that the user asks for", async () => {
  const refused = { kind: "refused", reason: "AddressInUse", message: "is in use" } as const;
  const { bodies } = await tell(service({ ips: "10.1.0.9" }), refused, undefined, call);
  assert.match(JSON.stringify(bodies), /"k8s\.plugin\.opnfv\.org\/service-ips":"10\.1\.0\.9"/);
});

const outsideSpec = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink", clusterIP: "10.96.0.7" };
const outsideAddress = parseIp("198.51.100.20");
assert.ok(outsideAddress);
const reached: ServedOutside = {
  rows: { uplink: "west", held: [outsideAddress], addresses: [outsideAddress], gatewayId: "g" },
  told: [outsideAddress],
  problem: undefined,
  waitsFor: undefined,
};
const servedTold = servedCondition("True", "Served", "at 10.1.0.200");

test("the addresses outside stand in the status, with a condition of their own", async () => {
  const told = { ips: "10.1.0.200", conditions: [servedTold], spec: outsideSpec };
  const { bodies, reasons } = await tell(service(told), served, reached, call);
  const [body] = bodies as { status: { loadBalancer: object; conditions: { reason: string; message: string }[] } }[];
  assert.deepEqual(body?.status.loadBalancer, { ingress: [{ ip: "198.51.100.20" }] });
  assert.deepEqual(
    body.status.conditions.map(({ reason, message }) => `${reason} ${message}`),
    ["ServedOutside at 198.51.100.20 of the Uplink west"],
  );
  assert.deepEqual(reasons, ["ServedOutside"]);
});

test("addresses of ours are taken out of the status with the wish, and those of somebody else are left alone", async () => {
  const ingress = ["198.51.100.20"];
  const told = { ips: "10.1.0.200", conditions: [servedTold, outsideTold], ingress };
  const { bodies } = await tell(service(told), served, undefined, call);
  assert.deepEqual((bodies as { status: object }[])[0]?.status, {
    conditions: [{ type: "k8s.plugin.opnfv.org/ServedOutside", $patch: "delete" }],
    loadBalancer: { ingress: [] },
  });
  const others = await tell(service({ ...told, conditions: [servedTold] }), served, undefined, call);
  assert.deepEqual(others.bodies, []);
});

test("a clusterIP is warned of, since nobody serves it", async () => {
  const { reasons } = await tell(service({ spec: { clusterIP: "10.96.0.7" } }), served, undefined, call);
  assert.deepEqual(reasons, ["Served", "ClusterIPNotServed"]);
});
