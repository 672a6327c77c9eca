import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { deleteRules, insertRule } from "#src/ovn/floating/floating-operations.ts";
import { newFloatingRule } from "#src/ovn/rows/floating-rows.ts";
import { withUplink } from "#test/fixtures/ipam/floating-nb.ts";

test("a rule is inserted for a port, found by the name of the port, and deleted", () => {
  const nb = withUplink();
  const [gateway] = nb.index.floating.gateways();
  const externalIp = parseIp("198.51.100.20");
  const logicalIp = parseIp("10.0.0.9");
  assert.ok(gateway && externalIp && logicalIp);
  const rule = newFloatingRule(
    { externalIp, logicalIp, distributedPort: "a-net1" },
    { ...gateway, namespace: "telco" },
  );
  nb.commit(...insertRule({ allocation: "a", interfaceName: "net1", cluster: "c1" }, rule, "f0"));
  const [held] = nb.index.floating.ofPort("a-net1");
  assert.deepEqual(
    [held?.kind, held?.namespace, held?.cluster, held?.logicalIp, held?.distributedPort, held?.externalMac],
    ["pod", "telco", "c1", "10.0.0.9", "a-net1", "0a:58:c6:33:64:14"],
  );
  const refs = nb.index.floating.rulesOf("a-net1");
  assert.deepEqual(refs, [{ uuid: held?.uuid, routerUuid: gateway.routerUuid }]);
  assert.equal(deleteRules(refs).length, 1);
  assert.equal(deleteRules([]).length, 0);
});
