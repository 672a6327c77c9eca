import assert from "node:assert/strict";
import { test } from "node:test";
import { calledInterfaces } from "#cni/agent/calls/called-interfaces.ts";
import { parseCniConfig } from "#cni/contract/network-config.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";

const pod = readPod(signedPod());
const options = { signal: new AbortController().signal, deadlineMs: 1e9 };
const [net1, net2, net3] = sampleResults as [InterfaceResult, InterfaceResult, InterfaceResult];
const plugged: InterfaceResult = { ...net1, interface: "data", port: "attempt-data", plugged: true };

/** Which interfaces a call is for. `wired` are interfaces and the calls that have wired them; `live` is the stored result. */
async function called(
  network: string | undefined,
  interfaceName: string,
  known: readonly InterfaceResult[],
  more: { readonly wired?: Readonly<Record<string, string>>; readonly live?: readonly InterfaceResult[] } = {},
) {
  const { wired = {}, live } = more;
  const ports = Object.entries(wired).map(([name, attachment]) =>
    portOf(hostVethName("c1", name), {
      [interfaceKeys.sandbox]: "c1",
      [interfaceKeys.attachment]: attachment,
      [interfaceKeys.interface]: name,
    }),
  );
  const args = "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=u1";
  const config = { cniVersion: "1.0.0", name: "n", ...(network === undefined ? {} : { "nfn-network": network }) };
  let reads = 0;
  const { selected } = await calledInterfaces(
    { command: "ADD", containerId: "c1", interfaceName, args },
    parseCniConfig(Buffer.from(JSON.stringify(config)), "ADD"),
    { pod, allocation: allocationId, interfaces: known },
    {
      bridge: new FakeBridge(ports),
      results: {
        live: async () => {
          reads += 1;
          return pod;
        },
        verified: async () => (live === undefined ? undefined : { pod, allocation: allocationId, interfaces: live }),
      },
      onForged: () => assert.fail("nothing is forged"),
    },
    options,
  );
  return { names: selected.map((one) => one.interface).join(), reads };
}

test("a call without a network is for all interfaces, whatever its own name is, and nothing is read", async () => {
  assert.deepEqual(await called(undefined, "net9", sampleResults), { names: "net1,net2,net3", reads: 0 });
});

test("a call for a network is for the interfaces on it, and when the pod joins it twice for the one of its name", async () => {
  assert.equal((await called("green", "net1", sampleResults)).names, "net2");
  const twice = sampleResults.map((one) => ({ ...one, network: "blue" }));
  assert.equal((await called("blue", "net2", twice)).names, "net2");
  assert.equal((await called("blue", "other", twice)).names, "net1,net2,net3");
});

test("a network that the pod does not join is an error that lists those that it joins", async () => {
  await assert.rejects(called("red2", "net1", sampleResults, { live: sampleResults }), {
    code: "ResultMissing",
    message: /"red2".*blue, green, red only; .*unselect it, and select it again/,
  });
});

test("a plugged interface that the informer does not show yet is found by one live read", async () => {
  const wired = { net1: "net1", net2: "net1", net3: "net1" };
  const live = [...sampleResults, plugged];
  assert.deepEqual(await called("blue", "data", sampleResults, { wired, live }), { names: "data", reads: 1 });
  assert.deepEqual(await called("blue", "data", live, { wired }), { names: "data", reads: 0 });
});

test("an interface that another call has wired is not wired once more by a call that comes too early", async () => {
  await assert.rejects(called("blue", "data", [net1], { wired: { net1: "net1" }, live: [net1] }), {
    code: "ResultMissing",
    message: /has no data on it that is not wired; an interface is plugged by k8s.v1.cni.cncf.io\/networks/,
  });
  // A runtime may repeat its own call.
  assert.equal((await called("blue", "net1", [net1], { wired: { net1: "net1" } })).names, "net1");
});

test("a plugged interface is nobody's but its own call's, also when all interfaces are wired by one call", async () => {
  assert.equal((await called(undefined, "net1", [net1, net3, plugged])).names, "net1,net3");
  assert.equal((await called("blue", "net1", [net1, plugged])).names, "net1");
});

test("a call for an interface that is being unplugged is for nothing, which the newest result says", async () => {
  const leaving: InterfaceResult = { ...plugged, leaving: true };
  assert.deepEqual(await called("blue", "data", [net2, leaving], { live: [net2, leaving] }), { names: "", reads: 1 });
});

test("a pod that has lost its result meanwhile is an error", async () => {
  await assert.rejects(called("blue", "data", [net2]), { code: "ResultMissing", message: /no interfaces of ours/ });
});
