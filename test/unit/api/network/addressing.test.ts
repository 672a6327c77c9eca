import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddressing } from "#src/api/network/addressing.ts";
import { printIp } from "#src/net/ip.ts";

const spec = { cniType: "ovn4nfv", ipv4Subnets: [{ subnet: "10.1.0.0/24" }] } as const;
const kind = { singular: "providernetwork", routed: false, admits: "*" } as const;

test("the first host is the gateway only where a router of ours is", () => {
  const gatewayOf = (routed: boolean) =>
    readAddressing({ ...spec, ipv4Subnets: [...spec.ipv4Subnets] }, { ...kind, routed }).subnets[0]?.gateway;
  const gateway = gatewayOf(true);
  assert.equal(gateway && printIp(gateway), "10.1.0.1");
  assert.equal(gatewayOf(false), undefined);
});

test("an object without allowedNamespaces admits whom its kind admits", () => {
  assert.equal(readAddressing({ cniType: "ovn4nfv" }, kind).allowed, "*");
  assert.equal(readAddressing({ cniType: "ovn4nfv" }, { ...kind, admits: "inherited" }).allowed, "inherited");
  const allowedNamespaces = { names: ["telco"] };
  assert.deepEqual(readAddressing({ cniType: "ovn4nfv", allowedNamespaces }, kind).allowed, {
    names: ["telco"],
    selector: undefined,
  });
});

test("a refusal says where kubectl explains the kind", () => {
  assert.throws(
    () => readAddressing({ cniType: "ovn4nfv", ipv4Subnets: [{ subnet: "10.1.0.0/33" }] }, kind),
    /spec\.ipv4Subnets\[0\]\.subnet "10\.1\.0\.0\/33" cannot be read; correct the field; `kubectl explain providernetwork\.spec`/,
  );
});
