// The agents of a cluster connect their nodes to the wire of a ProviderNetwork, and say so.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const wire = `ovn4nfv-${wireDevice}`;
const network = (name: string, providerInterfaceName: string) => ({
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name, namespace: "default" },
  spec: {
    cniType: "ovn4nfv",
    ipv4Subnets: [{ name: "subnet1", subnet: "172.16.33.0/24", excludeIps: "172.16.33.100..172.16.33.254" }],
    providerNetType: "VLAN",
    vlan: { vlanId: "100", providerInterfaceName, vlanNodeSelector: "all" },
  },
});

describe("the wire of a ProviderNetwork", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
  });

  const wiresOf = async (name: string) => {
    const { status } = JSON.parse(await stack.kubectl("get", "ovnnode", name, "-o", "json")) as {
      readonly status?: OvnNodeStatus;
    };
    return new Map((status?.wires ?? []).map((one) => [one.physicalNetwork, one]));
  };
  const reasonOf = async (name: string, physicalNetwork: string) =>
    (await wiresOf(name)).get(physicalNetwork)?.conditions.find(({ type }) => type === "Ready")?.reason;
  const bridges = async () => (await stack.n1.chassis.vsctl("list-br")).trim().split("\n").sort();
  const mappings = async () => {
    const got = ["--if-exists", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings"];
    return (await stack.n1.chassis.vsctl(...got)).trim().replaceAll('"', "");
  };

  it("is connected to a bridge on each node, and the node says so", async () => {
    await stack.apply(network("wire-vlan", wireDevice));
    for (const name of ["n1", "n2"]) {
      await stack.eventually(async () => assert.equal(await reasonOf(name, wire), "Connected"));
    }
    const { interface: link, bridge, mtu } = (await wiresOf("n1")).get(wire) ?? {};
    assert.deepEqual([link, bridge, mtu], [wireDevice, `br-${wireDevice}`, 1500]);
    assert.equal(await mappings(), `${wire}:br-${wireDevice}`);
  });

  it("is refused on the interface with the node's address, and the node stays Ready", async () => {
    await stack.apply(network("wire-mistake", "eth0"));
    await stack.eventually(async () => assert.equal(await reasonOf("n1", "ovn4nfv-eth0"), "InterfaceHasAddress"));
    assert.ok(!(await bridges()).includes("br-eth0"));
    await stack.kubectl("delete", "providernetwork", "wire-mistake");
    await stack.eventually(async () => assert.equal(await reasonOf("n1", "ovn4nfv-eth0"), undefined));
    await stack.kubectl("wait", "--for=condition=Ready", "node/n1", "--timeout=10s");
  });

  it("goes from the nodes with its object", async () => {
    await stack.kubectl("delete", "providernetwork", "wire-vlan");
    await stack.eventually(async () => assert.ok(!(await bridges()).includes(`br-${wireDevice}`)));
    await stack.eventually(async () => assert.equal((await wiresOf("n1")).size, 0));
    assert.equal(await mappings(), "");
    await stack.assertSettled();
  });
});
