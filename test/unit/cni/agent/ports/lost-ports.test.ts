import assert from "node:assert/strict";
import { test } from "node:test";
import { linksWithoutPort, lostPorts } from "#cni/agent/ports/lost-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";

const results = new Map([
  [allocationId, { pod: readPod(signedPod()), allocation: allocationId, interfaces: sampleResults }],
]);
const loose = (sandbox: string, index: number, interfaceName = "net1", allocation = allocationId) => ({
  link: { name: hostVethName(sandbox, interfaceName), index },
  end: { allocation, sandbox, interfaceName, attachment: "net1", cniNetwork: "ovn4nfv" },
});
const port = sampleResults[0]?.port ?? "";

test("pairs of ours without a port are found, and no links of others", () => {
  const [here, lost] = [hostVethName("a", "net1"), hostVethName("b", "net1")];
  assert.deepEqual(linksWithoutPort(["lo", "ovn-k8s-mp0", here, lost], [portOf(here, {})]), [lost]);
});

test("a lost port is put back as ADD made it", () => {
  assert.deepEqual(lostPorts([loose("c1", 7)], [], results), [
    {
      port: {
        hostName: hostVethName("c1", "net1"),
        interfaceName: "net1",
        mac: "0a:58:0a:01:00:07",
        port,
        allocation: allocationId,
        isShaped: false,
      },
      origin: { sandbox: "c1", attachment: "net1", cniNetwork: "ovn4nfv" },
    },
  ]);
});

test("of two sandboxes of a pod the newer one gets the port, and none when the port is another link's", () => {
  for (const links of [
    [loose("old", 7), loose("new", 8)],
    [loose("new", 8), loose("old", 7)],
  ])
    assert.deepEqual(
      lostPorts(links, [], results).map(({ origin }) => origin.sandbox),
      ["new"],
    );
  const newer = portOf(hostVethName("new", "net1"), { [interfaceKeys.port]: port });
  assert.deepEqual(lostPorts([loose("old", 7)], [newer], results), []);
});

test("a pod that does not live, an interface that it has not, and a link of another name get no port", () => {
  assert.deepEqual(lostPorts([loose("c1", 7)], [], new Map()), []);
  assert.deepEqual(lostPorts([loose("c1", 7, "net9")], [], results), []);
  const { end } = loose("c1", 7);
  assert.deepEqual(lostPorts([{ link: { name: "ovn000000000000", index: 7 }, end }], [], results), []);
});

test("a port that is being unplugged is not put back", () => {
  const interfaces = sampleResults.map((one) => (one.interface === "net1" ? { ...one, leaving: true as const } : one));
  const [result] = results.values();
  assert.ok(result);
  assert.deepEqual(lostPorts([loose("c1", 7)], [], new Map([[allocationId, { ...result, interfaces }]])), []);
});
