import assert from "node:assert/strict";
import { test } from "node:test";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { readMultusDemand } from "#src/pods/demand/multus-demand.ts";

const ours = new Map([
  ["kube-system/ovn4nfv", { network: undefined }],
  ["default/blue-net", { network: "blue" }],
]);

const demandOf = (selections: string, spec: object = {}) =>
  readMultusDemand(
    {
      pod: readPod({ metadata: { annotations: { "k8s.v1.cni.cncf.io/networks": selections } }, spec }),
      namespace: "default",
    },
    () => Promise.resolve(ours),
    {},
  );

test("each selection of ours is a port, named as Multus will call it", async () => {
  const demand = await demandOf("macvlan,blue-net,blue-net@x");
  assert.deepEqual(
    demand?.allocation.ports.map(({ network, interfaceName }) => [network, interfaceName]),
    [
      ["blue", "net2"],
      ["blue", "x"],
    ],
  );
  assert.equal(demand.selectsOurs, true);
});

test("a pod that selects none of ours demands nothing, on the host's network or not", async () => {
  assert.equal(await demandOf("macvlan"), undefined);
  assert.equal(await demandOf("macvlan", { hostNetwork: true }), undefined);
  await assert.rejects(demandOf("blue-net", { hostNetwork: true }), { code: "HostNetwork" });
});

test("a name that another selection has, by wish or by number, is refused", async () => {
  await assert.rejects(demandOf("macvlan@net2,blue-net"), { code: "InterfaceInvalid" });
  await assert.rejects(demandOf("macvlan,blue-net@net1"), { code: "InterfaceInvalid" });
  await assert.rejects(demandOf("blue-net@x,blue-net@x"), { code: "InterfaceInvalid" });
});

test("the definition for all interfaces needs a request that says which", async () => {
  await assert.rejects(demandOf("blue-net,kube-system/ovn4nfv"), { code: "SelectionInvalid" });
});
