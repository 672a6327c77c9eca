import assert from "node:assert/strict";
import { test } from "node:test";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { printIp } from "#src/net/ip.ts";
import { readDemand } from "#src/pods/demand/pod-demand.ts";
import { type DefinitionSource, namedDefinitions } from "#src/pods/demand/definition-source.ts";

const definitions = namedDefinitions(["kube-system/ovn4nfv"]);
const requestKey = "k8s.plugin.opnfv.org/nfn-network";
const multusKey = "k8s.v1.cni.cncf.io/networks";

async function demandOf(
  interfaces: readonly object[] | undefined,
  more: Record<string, string> = {},
  spec: object = {},
  source: DefinitionSource = definitions,
) {
  const request = interfaces && { [requestKey]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
  const pod = readPod({ metadata: { name: "web", annotations: { ...request, ...more } }, spec });
  const warnings: string[] = [];
  return { demand: await readDemand({ pod, namespace: "default" }, source, warnings, {}), warnings };
}

test("a pod without a request demands nothing", async () => {
  assert.equal((await demandOf(undefined)).demand, undefined);
});

test("interfaces without a name get the next free netN, past those that Multus gives to other selections", async () => {
  const { demand } = await demandOf([{ name: "blue" }, { name: "blue", interface: "net2" }, { name: "green" }], {
    [multusKey]: "default/macvlan",
  });
  assert.deepEqual(
    demand?.allocation.ports.map(({ interfaceName }) => interfaceName),
    ["net3", "net2", "net4"],
  );
  assert.equal(demand.selectsOurs, false);
});

test("a name that Multus gives to another selection is refused", async () => {
  await assert.rejects(demandOf([{ name: "blue", interface: "net1" }], { [multusKey]: "macvlan" }), {
    code: "InterfaceInvalid",
  });
});

test("a selection of one of our definitions is noticed, in whatever namespace the pod is", async () => {
  const selects = async (text: string) =>
    (await demandOf([{ name: "blue" }], { [multusKey]: text })).demand?.selectsOurs;
  assert.equal(await selects("kube-system/ovn4nfv@net1"), true);
  assert.equal(await selects("ovn4nfv"), false);
});

test("a pod on the host's network is refused, but only when it asks for something", async () => {
  await assert.rejects(demandOf([{ name: "blue" }], {}, { hostNetwork: true }), { code: "HostNetwork" });
  assert.equal((await demandOf(undefined, {}, { hostNetwork: true })).demand, undefined);
});

test("every next hop that an interface names is kept from the choice of addresses", async () => {
  const routes = [{ dst: "192.0.2.0/24", gw: "10.1.0.9" }, { dst: "198.51.100.0/24" }];
  const { demand } = await demandOf([{ name: "a", gwipaddress: "10.1.0.8", routes }, { name: "b" }]);
  assert.deepEqual(
    demand?.allocation.ports.map(({ gateways }) => gateways?.map(printIp)),
    [["10.1.0.8", "10.1.0.9"], []],
  );
});

test("one interface's address, MAC and gateway never reach the next one", async () => {
  const { demand } = await demandOf([
    { name: "a", ipAddress: "10.1.0.5", macAddress: "0a:00:00:00:00:01" },
    { name: "b" },
  ]);
  assert.deepEqual(demand?.allocation.ports[1]?.addresses, []);
  assert.equal(demand.allocation.ports[1].mac, undefined);
});

const perNetwork: DefinitionSource = () =>
  Promise.resolve(
    new Map([
      ["default/blue-net", { network: "blue" }],
      ["default/green-net", { network: "green" }],
    ]),
  );
const mixed = (interfaces: readonly object[], selections: string) =>
  demandOf(interfaces, { [multusKey]: selections }, {}, perNetwork);

test("interfaces without a name get that of the selection for their network, in whatever order they are written", async () => {
  const { demand } = await mixed([{ name: "green" }, { name: "blue" }], "blue-net,other,green-net");
  assert.deepEqual(
    demand?.allocation.ports.map(({ network, interfaceName }) => [network, interfaceName]),
    [
      ["green", "net3"],
      ["blue", "net1"],
    ],
  );
});

test("a mixed pod whose selections do not wire each interface once is refused", async () => {
  const code = "SelectionInvalid";
  await assert.rejects(mixed([{ name: "blue" }, { name: "green" }], "blue-net"), { code, message: /green.*none of/ });
  await assert.rejects(mixed([{ name: "blue" }], "blue-net,green-net"), { code, message: /does not name/ });
  await assert.rejects(mixed([{ name: "blue" }], "blue-net,blue-net"), { code, message: /would wire .* net1/ });
});

test("what a selection of ours asks for beside a request is refused, with the field of the request", async () => {
  const selection = '[{"name":"blue-net","ips":["10.1.0.7"]}]';
  await assert.rejects(mixed([{ name: "blue" }], selection), {
    code: "SelectionInvalid",
    message: /write ipAddress there/,
  });
});

test("two interfaces with one claim are refused, also when one of them has it as a replica", async () => {
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u", controller: true };
  const demanded = (interfaces: readonly object[]) => {
    const annotations = { [requestKey]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
    const pod = readPod({ metadata: { name: "db-0", annotations, ownerReferences: [owner] }, spec: {} });
    return readDemand({ pod, namespace: "default" }, definitions, [], {});
  };
  const sticky = { name: "blue", interface: "net1", sticky: true };
  const named = { name: "blue", interface: "net2", claim: "db-0.blue.net1" };
  await assert.rejects(demanded([sticky, named]), {
    code: "ClaimInvalid",
    message:
      /interface\[1\]\.claim "db-0\.blue\.net1" is the claim of .*interface\[0\]\.sticky as well.*; give each interface a claim of its own/,
  });
  const both = await demanded([sticky, { ...sticky, interface: "net2" }]);
  assert.equal(both?.allocation.ports.length, 2);
});
