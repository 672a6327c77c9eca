import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import { ServiceTeller } from "#src/controllers/services/service-teller.ts";
import { parseIp } from "#src/net/ip.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";
import { rawService, servedCondition, type ServiceParts } from "#test/fixtures/controllers/service-parts.ts";

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
  const { bodies, reasons } = await tell(service(), served, call);
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
  assert.deepEqual(await tell(service(told), served, call), { bodies: [], reasons: [] });
});

test("a refusal keeps the address that the user asks for", async () => {
  const refused = { kind: "refused", reason: "AddressInUse", message: "is in use" } as const;
  const { bodies } = await tell(service({ ips: "10.1.0.9" }), refused, call);
  assert.match(JSON.stringify(bodies), /"k8s\.plugin\.opnfv\.org\/service-ips":"10\.1\.0\.9"/);
});

test("a clusterIP is warned of, since nobody serves it", async () => {
  const { reasons } = await tell(service({ spec: { clusterIP: "10.96.0.7" } }), served, call);
  assert.deepEqual(reasons, ["Served", "ClusterIPNotServed"]);
});
