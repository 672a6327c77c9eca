// The agents of a cluster connect their nodes to the wire of a ProviderNetwork, and say so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { root } from "#tools/source-files.ts";
import { type LabStack, labPod, labPodSpec, request } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const wire = `ovn4nfv-${wireDevice}`;
/** The host outside, on VLAN 100. */
const outside = "172.16.33.200";
const replicas = 6;
const pings = 20;
/** An example of Nodus, with interface and node adapted. */
const nodus = (name: string): object => {
  const text = readFileSync(`${root}/test/golden/provider-network/${name}.in.yaml`, "utf8");
  const adapted = text.replace(/, uid: u\d/, "").replace(/(providerInterfaceName:) .*/, `$1 ${wireDevice}`);
  return parse(adapted.replace("ubuntu18", "n1")) as object;
};
const network = (name: string, providerInterfaceName: string) => ({
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name, namespace: "default" },
  spec: {
    cniType: "ovn4nfv",
    ipv4Subnets: [{ name: "subnet1", subnet: "172.16.33.0/24", excludeIps: "172.16.33.100..172.16.33.254" }],
    providerNetType: "VLAN",
    vlan: {
      vlanId: "100",
      providerInterfaceName,
      vlanNodeSelector: "all",
    },
  },
});

const deployment = (count: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "wired" },
  spec: {
    replicas: count,
    selector: { matchLabels: { app: "wired" } },
    template: {
      metadata: { labels: { app: "wired" }, annotations: request([{ name: "pnetwork" }]) },
      spec: labPodSpec,
    },
  },
});

describe("the wire of a ProviderNetwork", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
  });

  const wiredPods = () => stack.pods("app=wired");
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

  const setMappings = (text: string) =>
    text === ""
      ? stack.n1.chassis.vsctl("remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings")
      : stack.n1.chassis.vsctl("set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings=${text}`);

  it("is connected to a bridge on each node, and the node says so", async () => {
    await setMappings("other:br-phys");
    await stack.apply(network("wire-vlan", wireDevice));
    for (const name of ["n1", "n2"]) {
      await stack.eventually(async () => assert.equal(await reasonOf(name, wire), "Connected"));
    }
    const { interface: link, bridge, mtu } = (await wiresOf("n1")).get(wire) ?? {};
    assert.deepEqual([link, bridge, mtu], [wireDevice, `br-${wireDevice}`, 1500]);
    assert.equal(await mappings(), `other:br-phys,${wire}:br-${wireDevice}`);
  });

  it("is refused on the interface with the node's address, and the node stays Ready", async () => {
    await stack.apply(network("wire-mistake", "eth0"));
    await stack.eventually(async () => assert.equal(await reasonOf("n1", "ovn4nfv-eth0"), "InterfaceHasAddress"));
    assert.ok(!(await bridges()).includes("br-eth0"));
    await stack.kubectl("delete", "providernetwork", "wire-mistake");
    await stack.eventually(async () => assert.equal(await reasonOf("n1", "ovn4nfv-eth0"), undefined));
    await stack.kubectl("wait", "--for=condition=Ready", "node/n1", "--timeout=10s");
  });

  it("carries the pods of a Deployment on its nodes alone, and keeps them while agent and Open vSwitch restart", async () => {
    await stack.kubectl("delete", "providernetwork", "wire-vlan");
    await stack.eventually(async () => assert.equal((await wiresOf("n2")).size, 0));
    await stack.apply(nodus("nodus-vlan"), nodus("nodus-direct"));
    const both = ["providernetwork/pnetwork", "providernetwork/directpnetwork"];
    await stack.kubectl("wait", "--for=condition=NodesReady", ...both, "--timeout=60s");
    await stack.apply(deployment(replicas));
    await stack.kubectl("rollout", "status", "deployment/wired", "--timeout=120s");
    assert.deepEqual(new Set((await wiredPods()).map(({ spec }) => spec.nodeName)), new Set(["n1"]));
    const [first] = await wiredPods();
    assert.ok(first);
    await stack.assertReaches(first.metadata.name, [outside]);
    const pinging = stack.script(first.metadata.name, `ping -c ${pings} -i 0.2 -W 5 ${outside}`);
    await stack.killAgent(stack.n1);
    const { stdout } = await pinging;
    // A few packets may be lost on a machine that is busy with other tests.
    assert.ok(Number(/(\d+) packets received/.exec(stdout)?.[1]) >= pings - 4, stdout);
    await stack.n1.chassis.switchd.kill();
    await stack.n1.chassis.switchd.start();
    await stack.assertReaches(first.metadata.name, [outside]);
  });

  it("stands beside the attachment of another plugin and a network of the cluster, and all carry traffic", async () => {
    const config = {
      cniVersion: "1.0.0",
      type: "macvlan",
      master: "eth0",
      ipam: { type: "host-local", subnet: "10.99.0.0/24" },
    };
    await stack.apply(attachmentDefinition("default", "mv", config));
    const interfaces = ["plain", "pnetwork", "directpnetwork"].map((name) => ({ name }));
    const annotations = { [annotationKeys.multusNetworks.key]: "mv@m0" };
    const pods = ["wire-a", "wire-b"];
    await stack.apply(...pods.map((name) => labPod(name, { node: "n1", interfaces, annotations })));
    await stack.ready(...pods);
    const { stdout } = await stack.script("wire-b", "ip -4 -o addr show");
    const own = [...stdout.matchAll(/(?:m0|net\d) +inet ([\d.]+)/g)].map(([, address = ""]) => address);
    assert.equal(own.length, 4, stdout);
    await stack.assertReaches("wire-a", [...own, outside, "172.16.34.200"]);
    await stack.remove(...pods);
    await stack.kubectl("delete", "network-attachment-definition", "mv");
  });

  it("lets a new pod wait with an Event that names the wire, while those that run stay", async () => {
    await stack.kubectl("cordon", "n1");
    await stack.apply(labPod("wire-late", { interfaces: [{ name: "pnetwork" }] }));
    const events = async () => {
      const about = "--field-selector=involvedObject.name=wire-late,reason=WaitsForWire";
      return stack.kubectl("get", "events", about, "--output=jsonpath={.items[*].message}");
    };
    await stack.eventually(async () => assert.match(await events(), /the wire ovn4nfv-eth2. Nodes that carry it: n1;/));
    const carrier = (state: string) =>
      stack.lab.outside.machine.ip(`link set ${stack.lab.outside.portTo(stack.n1.machine)} ${state}`);
    await carrier("down");
    await stack.eventually(async () => assert.match(await events(), /no node carries it \(n1: .*has no carrier/));
    assert.equal((await wiredPods()).filter(({ status }) => status.phase === "Running").length, replicas);
    await carrier("up");
    await stack.kubectl("uncordon", "n1");
    await stack.ready("wire-late");
    await stack.kubectl("delete", "deployment", "wired", "--cascade=foreground", "--timeout=120s");
    await stack.remove("wire-late");
  });

  it("goes from the nodes with its object", async () => {
    await stack.kubectl("delete", "providernetwork", "pnetwork", "directpnetwork");
    await stack.eventually(async () => assert.ok(!(await bridges()).includes(`br-${wireDevice}`)));
    await stack.eventually(async () => assert.equal((await wiresOf("n1")).size, 0));
    assert.equal(await mappings(), "other:br-phys", "the mapping of somebody else stays");
    await setMappings("");
    await stack.assertSettled();
  });
});
