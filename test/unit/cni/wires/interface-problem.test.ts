import assert from "node:assert/strict";
import { test } from "node:test";
import { interfaceProblem } from "#cni/wires/interface-problem.ts";
import { bridgeNamed, linkNamed, ownBridge, portNamed, viewOf } from "#test/fixtures/cni/wire-views.ts";

const route = (to: string, device = "eth1") => ({
  to,
  table: undefined,
  metric: 0,
  hops: [{ device, gateway: undefined }],
});
const eth1 = linkNamed("eth1");

const refused: Readonly<Record<string, readonly [reason: string, remedy: RegExp, ReturnType<typeof viewOf>]>> = {
  "that is missing": ["InterfaceMissing", /name another interface/, viewOf({}, { links: [] })],
  "with an address": [
    "InterfaceHasAddress",
    /10\.0\.0\.7\/8.*adoptBridge/,
    viewOf({}, { links: [linkNamed("eth1", { addresses: ["fe80::1/64", "10.0.0.7/8"] })] }),
  ],
  "with an IPv6 address": [
    "InterfaceHasAddress",
    /2001:db8::7/,
    viewOf({}, { links: [linkNamed("eth1", { addresses: ["2001:db8::7/64"] })] }),
  ],
  "with a route": [
    "InterfaceHasRoute",
    /10\.9\.0\.0\/16/,
    viewOf({}, { links: [eth1], routes: [route("10.9.0.0/16")] }),
  ],
  "in a bond": ["InterfaceEnslaved", /bond0/, viewOf({}, { links: [linkNamed("eth1", { master: "bond0" })] })],
  "on another bridge": [
    "InterfaceOnBridge",
    /adoptBridge: br-ex/,
    viewOf(
      { bridges: [bridgeNamed("br-ex", [portNamed("eth1")])] },
      { links: [linkNamed("eth1", { master: "ovs-system" })] },
    ),
  ],
  "below a VLAN interface": [
    "InterfaceCarriesLink",
    /remove eth1\.100/,
    viewOf({}, { links: [eth1, linkNamed("eth1.100", { lower: "eth1" })] }),
  ],
  "whose bridge's name a bridge has": ["BridgeNameTaken", /br-eth1/, viewOf({ bridges: [bridgeNamed("br-eth1")] })],
  "whose bridge's name a link has": ["BridgeNameTaken", /br-eth1/, viewOf({}, { links: [eth1, linkNamed("br-eth1")] })],
};
for (const [what, [reason, remedy, { kernel, ovs }]] of Object.entries(refused)) {
  test(`an interface ${what} is refused with the remedy`, () => {
    const problem = interfaceProblem("eth1", kernel, ovs);
    assert.equal(problem?.reason, reason);
    assert.match(problem.message, remedy);
  });
}

test("an interface is free with link-local addresses and routes, and when it is down", () => {
  const links = [linkNamed("eth1", { addresses: ["fe80::1/64", "169.254.7.1/16"], isUp: false, hasCarrier: false })];
  const routes = [route("fe80::/64"), route("169.254.0.0/16"), route("0.0.0.0/0", "eth0")];
  const { kernel, ovs } = viewOf({}, { links, routes });
  assert.equal(interfaceProblem("eth1", kernel, ovs), undefined);
});

test("an interface on our bridge stays free, also where the kernel shows the datapath as its master", () => {
  const links = [linkNamed("eth1", { master: "ovs-system" }), linkNamed("br-eth1")];
  const { kernel, ovs } = viewOf({ bridges: [ownBridge()] }, { links });
  assert.equal(interfaceProblem("eth1", kernel, ovs), undefined);
});
