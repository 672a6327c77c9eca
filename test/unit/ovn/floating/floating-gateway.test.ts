import assert from "node:assert/strict";
import { test } from "node:test";
import { printRange } from "#src/net/range.ts";
import { floatingGatewayOf } from "#src/ovn/floating/floating-gateway.ts";
import { uplinkRows } from "#src/ovn/rows/uplink-rows.ts";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const spec = {
  providerNetwork: "wan",
  addresses: ["198.51.100.10/24"],
  floating: {
    addresses: ["198.51.100.20..198.51.100.29"],
    allowedNamespaces: { names: ["telco"] },
    limitPerNamespace: 4,
  },
};

test("a gateway is read from the row that an Uplink becomes", () => {
  const { joinSubnets } = sampleTopology(false);
  const place = { joinSubnets, joinPlace: 3, providerSwitchId: "u8/switch", chassis: [] };
  const rows = uplinkRows(parseUplink({ metadata: { name: "west", uid: "u9" }, spec }), place);
  const settings = rows.find(({ id }) => id === "uplink/u9/gateway")?.settings ?? {};
  const external_ids = new Map([...Object.entries(settings), ["k8s.plugin.opnfv.org/owner", "ovn4nfv"] as const]);
  const gateway = floatingGatewayOf("r1", { external_ids });
  assert.deepEqual(gateway?.ranges.map(printRange), ["198.51.100.20..198.51.100.29"]);
  assert.deepEqual(gateway.allowedNamespaces, new Set(["telco"]));
  assert.deepEqual(
    [gateway.uplink, gateway.routerUuid, gateway.providerNetwork, gateway.limit],
    ["west", "r1", "wan", 4],
  );
  external_ids.set("k8s.plugin.opnfv.org/floating-addresses", "some");
  assert.deepEqual(floatingGatewayOf("r1", { external_ids })?.ranges, []);
  external_ids.delete("k8s.plugin.opnfv.org/owner");
  assert.equal(floatingGatewayOf("r1", { external_ids }), undefined);
});
