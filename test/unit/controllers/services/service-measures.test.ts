import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceMeasures } from "#src/controllers/services/service-measures.ts";
import type { ServiceNetwork } from "#src/controllers/services/service-object.ts";
import { parseRange } from "#src/net/range.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const range = parseRange("10.1.0.200..10.1.0.209");
assert.ok(range);
const network: ServiceNetwork = {
  name: "blue",
  uid: "n",
  routed: true,
  ranges: [range],
  families: [4],
  uplink: "west",
  allowed: "*",
};
const backends = [7, 8].map((host) => ({ address: ip(`10.1.0.${host}`), port: 8080 }));
const service = {
  uid: "s",
  namespace: "shop",
  name: "web",
  addresses: [ip("10.1.0.200")],
  ports: [{ protocol: "TCP", port: 80, backends } as const],
  affinitySeconds: undefined,
};
const refused = { kind: "refused", reason: "PoolExhausted", message: "" } as const;
const full = { rows: undefined, told: [], problem: { reason: "PoolExhausted", message: "" }, waitsFor: undefined };

test("states, backends, and the pool of each network are told, and what is gone is not", () => {
  const told = new Map<string, number>();
  const measures = new ServiceMeasures({
    set: (name: string, labels: Readonly<Record<string, string>>, value: number) => {
      told.set([name, ...Object.values(labels)].join(" "), value);
    },
    clear: (name: string) => {
      for (const key of told.keys()) if (key.startsWith(name)) told.delete(key);
    },
  });
  measures.set("s", { kind: "served", service, problem: undefined }, full, network);
  measures.set("t", refused, undefined, network);
  measures.tell([network, undefined]);
  assert.equal(measures.stateOf("t"), "refused");
  assert.deepEqual(Object.fromEntries(told), {
    "ovn4nfv_services served": 1,
    "ovn4nfv_services waiting": 0,
    "ovn4nfv_services refused": 1,
    "ovn4nfv_services_outside reached": 0,
    "ovn4nfv_services_outside waiting": 1,
    ovn4nfv_service_backends: 2,
    "ovn4nfv_service_addresses blue used": 1,
    "ovn4nfv_service_addresses blue free": 9,
  });
  measures.forget("s");
  measures.tell([]);
  assert.equal(told.get("ovn4nfv_service_backends"), 0);
  assert.equal(told.has("ovn4nfv_service_addresses blue used"), false);
});
