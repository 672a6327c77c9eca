import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  refuseMany,
  refuseRoutedSubnets,
  refuseSecondDefault,
  refuseUnwired,
  withoutTakenRoutes,
} from "#src/pods/plug/plugged-ports.ts";
import { refused } from "#test/assertions/refused.ts";
import { interfaceResult } from "#test/fixtures/pods/interface-result.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

const blue = networkOf("blue", { subnets: "10.1.0.0/24", gateways: "10.1.0.1" });
const office = networkOf("office", { subnets: "10.5.0.0/24", "physical-network": "lan" });

describe("an interface on a wire", () => {
  const carried = (...wires: readonly string[]) => ({ on: () => new Set(wires), anyCarries: () => true });
  const items = [networked({}, blue), networked({}, office)];
  const codeOf = (...[node, wires]: [string | undefined, ReturnType<typeof carried> | undefined]) =>
    refused(() => {
      refuseUnwired(items, node, wires);
    }).code;

  it("is plugged where the node of the pod carries the wire, and nowhere else", () => {
    refuseUnwired(items, "n1", carried("lan"));
    assert.equal(codeOf("n1", carried("wan")), "WireMissing");
    assert.equal(codeOf(undefined, carried("lan")), "WireMissing");
  });

  it("waits until it is known what nodes carry", () => {
    assert.equal(codeOf("n1", undefined), "BackendUnavailable");
  });
});

it("a pod has one default route in each family, however its interfaces came", () => {
  const has = interfaceResult({ defaultGateway: "true", gateway_ip: ["10.9.0.1"] });
  const asked = [networked({ defaultGateway: "true" }, blue)];
  refuseSecondDefault(asked, [interfaceResult()]);
  const { code, reason } = refused(() => {
    refuseSecondDefault(asked, [has]);
  });
  assert.equal(code, "RouteInvalid");
  assert.match(reason, /which the interface net1 has/);
});

it("a subnet to which the pod has a route cannot be joined, and no route is plugged that the pod has", () => {
  const has = interfaceResult({ network: "red", ip_address: ["10.7.0.5/24"], routes: [{ dst: "10.1.0.0/24" }] });
  assert.equal(
    refused(() => {
      refuseRoutedSubnets([networked({}, blue)], [has]);
    }).code,
    "RouteInvalid",
  );
  const routes = [{ dst: "10.1.0.0/24" }, { dst: "10.7.0.0/24" }, { dst: "192.0.2.0/24" }];
  assert.deepEqual(withoutTakenRoutes(interfaceResult({ routes }), [has]).routes, [{ dst: "192.0.2.0/24" }]);
  assert.equal(withoutTakenRoutes(interfaceResult({ routes: routes.slice(0, 2) }), [has]).routes, undefined);
});

it("a pod has at most 32 interfaces", () => {
  refuseMany("f", 32);
  assert.equal(
    refused(() => {
      refuseMany("f", 33);
    }).code,
    "ChangeRefused",
  );
});
