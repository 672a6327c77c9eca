import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { type NetworkStatus, networkStatusSchema } from "#src/api/network/network-schema.ts";
import type { TopologyConfig } from "#src/ovn/topology.ts";
import { z } from "zod";
import { ChassisHost } from "#lab/machine/chassis-host.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { cidr, ip, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { networkManifest, NetworkStack } from "#test/stacks/network-stack.ts";
import { until } from "#test/assertions/until.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms) || whyToolsAreMissing(controlPlaneTools);

/** The way out leads to the network of the tunnels. The machine in the middle plays the world outside. */
const outside = { IPv4: "198.51.100.1", IPv6: "2001:db8:51::1" } as const;
const topology: TopologyConfig = {
  ...sampleTopology(false),
  gatewayChassis: [],
  uplink: {
    physicalNetwork: "provider",
    addresses: [
      { address: ip("198.51.100.100"), cidr: cidr("198.51.100.0/24") },
      { address: ip("2001:db8:51::100"), cidr: cidr("2001:db8:51::/64") },
    ],
    nextHops: [ip(outside.IPv4), ip(outside.IPv6)],
  },
};
const networkSchema = z.object({ status: networkStatusSchema });
const failOverMs = 90_000;

/** The node of the pod. A chassis without any live tunnel takes itself for cut off, so fail-over needs a third node. */
const third = { name: "n3", address: "192.0.2.13", underlay: "198.51.100.13", podRange: "10.244.3.0/24" };

describe("the gateway on two chassis", { skip: whyNot }, () => {
  let stack: NetworkStack;
  let fabric: OvnFabric;
  let podHost: ChassisHost;
  before(async () => {
    stack = await NetworkStack.start(async (folder) => {
      fabric = await OvnFabric.start(folder);
      mkdirSync(join(folder, third.name));
      podHost = new ChassisHost(third, join(folder, third.name), fabric.center);
      await podHost.powerOn();
      return { ovn: fabric.central, northdLog: join(folder, "ovn", "northd.log"), owner: fabric };
    });
    await fabric.center.ip(
      // A bridge without a MAC of its own uses that of a port, and changes it when the port goes.
      "link set under0 address 02:00:00:00:00:01",
      `addr add ${outside.IPv4}/24 dev under0`,
      `addr add ${outside.IPv6}/64 dev under0 nodad`,
      // Nobody out there knows the addresses of pods. An answer can only come to packets that left with the gateway's
      // address.
      "route add blackhole 10.10.0.0/16",
      "route add blackhole fd10::/64",
    );
    for (const { chassis } of fabric.hosts) {
      await chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=provider:br-phys");
    }
    await stack.startController(topology);
  });
  after(async () => {
    await podHost.powerOff();
    await stack[Symbol.asyncDispose]();
  });

  const untilChassis = async (...names: readonly string[]): Promise<void> => {
    const last = `jsonpath={.status.gatewayChassis[${names.length - 1}]}=${names.at(-1) ?? ""}`;
    await stack.plane.kubectl.must(["wait", "network/blue", `--for=${last}`, "--timeout=90s"]);
    assert.deepEqual((await statusOfBlue()).gatewayChassis, names);
  };
  const statusOfBlue = async (): Promise<NetworkStatus> =>
    networkSchema.parse(await stack.plane.kubectl.get(["network", "blue"])).status;
  const label = (node: string, value: string) =>
    stack.plane.kubectl.must(["label", "node", node, `${nodeKeys.gateway.key}${value}`]);
  const inPod = (...command: readonly string[]) =>
    podHost.machine.run("nsenter", ["--net=/run/netns/pod", "--", ...command]);

  async function untilReached(address: string): Promise<void> {
    const limit = AbortSignal.timeout(failOverMs);
    for (;;) {
      const { code, stdout } = await inPod("busybox", "ping", "-c", "1", "-W", "1", address);
      if (code === 0) return;
      assert.ok(!limit.aborted, `${address}: ${stdout}`);
    }
  }

  it("says that no node carries it, until one is labelled", async () => {
    for (const { plan } of fabric.hosts) {
      await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: plan.name } }]);
    }
    const subnets = { ipv4Subnets: [{ subnet: "10.10.0.0/24" }], ipv6Subnets: [{ subnet: "fd10::/64" }] };
    await stack.plane.kubectl.apply([networkManifest("blue", { ...subnets, snat: true })]);
    await stack.untilReason("blue", "WaitsForUplink");
    assert.match((await statusOfBlue()).conditions?.[0]?.message ?? "", /waits for a node that carries the gateway/);
    await label("n1", "=");
    await untilChassis("n1");
  });

  it("takes another chassis while it runs, best first by the names of the nodes, with the id from the node's annotation", async () => {
    await stack.plane.kubectl.must(["annotate", "node", "n2", `${nodeKeys.chassis.key}=other`]);
    await label("n2", "=");
    await untilChassis("n1", "other");
    await stack.plane.kubectl.must(["annotate", "node", "n2", `${nodeKeys.chassis.key}-`]);
    await untilChassis("n1", "n2");
    await label("n1", "-");
    await untilChassis("n2");
    await label("n1", "=");
    await untilChassis("n1", "n2");
    const group = await stack.ovn.nbctl(
      "--format=csv",
      "--no-headings",
      "--columns=chassis_name,priority",
      "list",
      "HA_Chassis",
    );
    assert.deepEqual(group.trim().split("\n").sort(), ["n1,100", "n2,99"]);
  });

  it("lets a pod out under its own address, in both families", async () => {
    await addPodPort();
    await untilReached(outside.IPv4);
    await untilReached(outside.IPv6);
    await untilActive("n1");
    assert.deepEqual(stack.northdWarnings(), []);
  });

  it("goes over to the other chassis when the first one dies, and the pod's traffic with it", async () => {
    const [first] = fabric.hosts;
    await first?.powerOff();
    await untilReached(outside.IPv4);
    await untilReached(outside.IPv6);
    await untilActive("n2");
  });

  /** Waits until the chassis is active. It carries traffic as soon as BFD tells it to, and writes that to SB afterwards. */
  async function untilActive(name: string): Promise<void> {
    await until(async () => (await activeChassis()) === name);
  }

  /** The chassis that has claimed the port that leads out, or "" when there is none. */
  async function activeChassis(): Promise<string> {
    const find = ["--bare", "--columns=chassis", "find", "Port_Binding", "logical_port=cr-rtoe-ovn4nfv-gateway"];
    const uuid = (await stack.ovn.sbctl(...find)).trim();
    if (uuid === "") return "";
    return (await stack.ovn.sbctl("--bare", "get", "Chassis", uuid, "name")).trim();
  }

  /** Adds the port of a pod on the second node, as the webhook and the agent would make it. */
  async function addPodPort(): Promise<void> {
    const text = "0a:58:0a:0a:00:07 10.10.0.7 fd10::7";
    await stack.ovn.nbctl("lsp-add", "blue", "pod-1", "--", "lsp-set-addresses", "pod-1", text);
    const { machine, chassis } = podHost;
    await machine.must("ip", ["netns", "add", "pod"]);
    await machine.ip("link add pod-1 type veth peer name net1 netns pod", "link set pod-1 up");
    const lines = [
      "link set net1 address 0a:58:0a:0a:00:07 up",
      "addr add 10.10.0.7/24 dev net1",
      "addr add fd10::7/64 dev net1 nodad",
      "route add default via 10.10.0.1",
      "route add default via fd10::1",
    ];
    await machine.must("nsenter", ["--net=/run/netns/pod", "--", "ip", "-batch", "-"], { input: lines.join("\n") });
    const set = ["--", "set", "Interface", "pod-1", "external_ids:iface-id=pod-1"];
    await chassis.vsctl("add-port", "br-int", "pod-1", ...set);
  }
});
