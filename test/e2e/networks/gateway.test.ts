import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { after, before, describe, it } from "node:test";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { type NetworkStatus, networkStatusSchema } from "#src/api/network/network-schema.ts";
import type { TopologyConfig } from "#src/ovn/rows/topology.ts";
import * as z from "zod";
import { defaultMacPrefix, macFromIpv4 } from "#src/net/mac.ts";
import { ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { cidr, ip, sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { networkManifest, NetworkStack, uplinkManifest } from "#test/stacks/network-stack.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { captureFrames, compileFrames } from "#test/stacks/frames/frame-capture.ts";
import { sayWires } from "#test/stacks/said-wires.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { sourceSeen, startEcho } from "#test/stacks/outside-echo.ts";
import { carryWire } from "#test/stacks/datapath/carried-wire.ts";
import { untilTraffic } from "#test/stacks/datapath/until-traffic.ts";
import { wirePod } from "#test/stacks/datapath/wired-pod.ts";
import { podAskingOutside, rulesIn } from "#test/stacks/ipam/floating-uplink.ts";
import { startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";
import { portName } from "#src/ipam/allocation.ts";
import { printIp } from "#src/net/ip.ts";
import { floatingMac } from "#src/ovn/rows/floating-rows.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...nodePrograms, "ethtool"]) || whyToolsAreMissing(controlPlaneTools);

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
/** A network behind the one outside, whose owner knows the way to some pods. */
const partner = "203.0.113.1";
const wire = `ovn4nfv-${wireDevice}`;
const networkSchema = z.object({ status: networkStatusSchema });
const failOverMs = 90_000;

/** A host on the VLAN of a ProviderNetwork. It knows no way to the pods of overlay networks. */
const onVlan = { name: "vlan100", address: "172.16.33.200/24", vlan: 100 };

/** The node of the pod. A chassis without any live tunnel takes itself for cut off, so fail-over needs a third node. */
const third = { name: "n3", address: "192.0.2.13", underlay: "198.51.100.13", podRange: "10.244.3.0/24" };

describe("the gateway on two chassis", { skip: whyNot }, () => {
  let stack: NetworkStack;
  let fabric: OvnFabric;
  let podHost: ChassisHost;
  let frames: string;
  before(async () => {
    stack = await NetworkStack.start(async (folder) => {
      fabric = await OvnFabric.start(folder, { outside: [onVlan] });
      frames = await compileFrames(folder);
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
    await stack.plane.administrator.apply(readManifests("deploy/crds/ovnnodes.yaml"));
    await stack.plane.administrator.established("ovnnodes.k8s.plugin.opnfv.org");
    await stack.startController(topology);
  });
  after(async () => {
    await podHost.powerOff();
    await stack[Symbol.asyncDispose]();
  });

  const untilChassis = async (...names: readonly string[]): Promise<void> => {
    await until(async () => isDeepStrictEqual((await statusOfBlue()).gatewayChassis, names), 90_000);
  };
  const statusOfBlue = async (): Promise<NetworkStatus> =>
    networkSchema.parse(await stack.plane.kubectl.get(["network", "blue"])).status;
  const label = (node: string, value: string) =>
    stack.plane.kubectl.must(["label", "node", node, `${nodeKeys.gateway.key}${value}`]);
  /** Writes the word of the agent of a node about the wire of the ProviderNetwork. */
  const sayWire = (node: string, status: "True" | "False") =>
    sayWires(stack.plane.kubectl, node, { [wire]: status }, node);
  const inNetns = (netns: string, ...command: readonly string[]) =>
    podHost.machine.run("nsenter", [`--net=/run/netns/${netns}`, "--", ...command]);
  const inPod = (...command: readonly string[]) => inNetns("pod", ...command);

  const chassisHosts = () => [...fabric.hosts, podHost];

  async function untilReached(address: string): Promise<void> {
    const ping = async () => (await inPod("busybox", "ping", "-c", "1", "-W", "1", address)).code === 0;
    await untilTraffic(chassisHosts(), ping, failOverMs);
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
    await addPod({ netns: "pod", network: "blue", ips: ["10.10.0.7/24", "fd10::7/64"], via: ["10.10.0.1", "fd10::1"] });
    await untilReached(outside.IPv4);
    await untilReached(outside.IPv6);
    await untilActive("n1");
    assert.deepEqual(stack.northdWarnings(), []);
  });

  it("lets two networks out by two uplinks, each with the source address that is its own on the wire", async () => {
    await label("n2", "-");
    await untilChassis("n1");
    await stack.plane.kubectl.must(["label", "node", "n2", "way=west"]);
    await fabric.center.must("ethtool", ["-K", "under0", "tx", "off"]);
    await fabric.center.ip(
      `addr add ${partner}/24 dev under0`,
      // The partner's routers know the way back to the pods of red, and only they do.
      "route add 10.11.0.0/24 via 198.51.100.102",
      "route add fd11::/64 via 2001:db8:51::102",
    );
    await stack.plane.kubectl.apply([
      uplinkManifest("west", {
        physicalNetwork: "provider",
        addresses: ["198.51.100.102/24", "2001:db8:51::102/64"],
        nextHops: [outside.IPv4, outside.IPv6],
        routes: ["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"],
        nodes: { matchLabels: { way: "west" } },
        ipv6: "Routed",
        floating: { addresses: ["198.51.100.120..198.51.100.129"] },
      }),
      networkManifest("red", {
        ipv4Subnets: [{ subnet: "10.11.0.0/24" }],
        ipv6Subnets: [{ subnet: "fd11::/64" }],
        snat: true,
        snatExempt: ["203.0.113.0/24"],
        uplink: "west",
      }),
    ]);
    await stack.plane.kubectl.must(["wait", "uplink/west", "--for=condition=Ready", "--timeout=60s"]);
    await stack.untilReason("red", "Created");
    assert.deepEqual(await columnOf("red", "{.status.gatewayChassis}"), ["n2"]);
    await addPod({ netns: "red", network: "red", ips: ["10.11.0.7/24", "fd11::7/64"], via: ["10.11.0.1", "fd11::1"] });
    await using _echo = await startEcho(fabric.center);
    await untilSeen("pod", outside.IPv4, "198.51.100.100");
    await untilSeen("pod", outside.IPv6, "2001:db8:51::100");
    await untilSeen("red", outside.IPv4, "198.51.100.102");
    // Packets that are exempt from source NAT, or routed, arrive with the address of the pod.
    await untilSeen("red", partner, "10.11.0.7");
    await untilSeen("red", outside.IPv6, "fd11::7");
    // Networks with different ways out reach each other as before.
    await until(async () => (await inPod("busybox", "ping", "-c", "1", "-W", "1", "10.11.0.7")).code === 0);
    assert.deepEqual(stack.northdWarnings(), []);
  });

  it("lets a pod out with a floating address and others in by it, and leaves no rule when the pod is gone", async () => {
    await using started = await startAllocator(stack.ovn.nb);
    const allocation = await started.allocator.allocate(podAskingOutside("red"), within(60));
    const [port] = allocation.ports;
    assert.ok(port?.floating);
    const external = printIp(port.floating.externalIp);
    const ips = port.addresses.map(({ ip: own, prefixLength }) => `${printIp(own)}/${prefixLength}`);
    const name = portName(allocation.id, port);
    const wired = { device: "float", name: "net1", port: name, version: allocation.id, mac: port.mac, ips };
    await wirePod(podHost, "float", [wired], ["default via 10.11.0.1"]);
    await using _outside = await startEcho(fabric.center);
    await using _inside = await startEcho(podHost.machine, "float");
    await untilSeen("float", outside.IPv4, external);
    await untilAnswered(external, outside.IPv4);
    // The same rule works on the chassis of the pod when it names the port, with a MAC of its own.
    await podHost.chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=provider:br-phys");
    const rule = (await stack.ovn.nbctl("--bare", "--columns=_uuid", "find", "NAT", `external_ip=${external}`)).trim();
    const mac = floatingMac(port.floating.externalIp);
    await stack.ovn.nbctl("--wait=hv", "set", "NAT", rule, `logical_port="${name}"`, `external_mac="${mac}"`);
    await fabric.center.ip(`neigh flush dev under0`);
    await untilSeen("float", outside.IPv4, external);
    await untilAnswered(external, outside.IPv4);
    assert.match(await fabric.center.must("ip", ["neigh", "show", external]), new RegExp(mac));
    await podHost.chassis.vsctl("remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings");
    await started.allocator.rollBack(allocation);
    assert.deepEqual(await rulesIn(stack.ovn.nb), []);
    assert.deepEqual(stack.northdWarnings(), []);
  });

  it("keeps an uplink by which a network leaves, and lets it go with the last of them", async () => {
    await stack.plane.kubectl.must(["delete", "uplink", "west", "--wait=false"]);
    const inUse = 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=InUse';
    await stack.plane.kubectl.must(["wait", "uplink/west", `--for=${inUse}`, "--timeout=60s"]);
    await stack.plane.kubectl.must([
      "patch",
      "network",
      "red",
      "--type=json",
      "-p",
      '[{"op":"remove","path":"/spec/uplink"}]',
    ]);
    await stack.plane.kubectl.must(["wait", "uplink/west", "--for=delete", "--timeout=90s"]);
    await using _echo = await startEcho(fabric.center);
    await untilSeen("red", outside.IPv4, "198.51.100.100");
    assert.ok(!(await stack.names("Logical_Router")).includes("ovn4nfv-gateway-west"));
    await label("n2", "=");
    await untilChassis("n1", "n2");
  });

  it("lets a network out on the VLAN of a ProviderNetwork, from a node that carries its wire", async () => {
    const addresses = ["172.16.33.10/24"];
    for (const host of fabric.hosts) await carryWire(host, wire, ["provider:br-phys"]);
    await stack.plane.kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "ProviderNetwork",
        metadata: { name: "wan", namespace: "default" },
        spec: {
          providerNetType: "VLAN",
          ipv4Subnets: [{ subnet: "172.16.33.0/24" }],
          vlan: { vlanId: onVlan.vlan, providerInterfaceName: wireDevice },
        },
      },
      uplinkManifest("vlan", { providerNetwork: "wan", addresses, nodes: {} }),
      networkManifest("green", { ipv4Subnets: [{ subnet: "10.12.0.0/24" }], snat: true, uplink: "vlan" }),
    ]);
    await untilUplink("vlan", "WaitsForNode");
    await sayWire("n1", "False");
    await sayWire("n2", "True");
    await untilUplink("vlan", "Created");
    assert.match(await uplinkColumn("vlan", "message"), /cannot go to all nodes: n1 is selected without the wire/);
    await addPod({ netns: "green", network: "green", ips: ["10.12.0.7/24"], via: ["10.12.0.1"] });
    const { machine } = fabric.outside;
    await using _echo = await startEcho(machine, onVlan.name);
    await using onWire = await captureFrames(frames, machine, fabric.outside.portTo({ name: "n2" }));
    await untilSeen("green", "172.16.33.200", "172.16.33.10");
    const fromGateway = onWire.lines().filter((line) => line.startsWith("0a:58:ac:10:21:0a "));
    assert.ok(fromGateway.length > 0);
    assert.ok(
      fromGateway.every((line) => line.includes(" 100 ")),
      fromGateway.join("\n"),
    );
    const uplinks = "jsonpath={.status.uplinks}";
    await until(
      async () =>
        (await stack.plane.kubectl.must(["get", "providernetwork", "wan", "-o", uplinks])) ===
        JSON.stringify([{ addresses, name: "vlan" }]),
    );
    assert.match(
      await shown("uplinks", "vlan"),
      /vlan +True +provider\/wan +172\.16\.33\.10\/24 +- +- +n2 +default\/green /,
    );
    assert.match(await shown("nodes", "n2"), new RegExp(`n2 +n2 .* vlan +${wire} .* True\\n`));
    assert.deepEqual(stack.northdWarnings(), []);
  });

  it("moves to another node on the word of its own that the wire is gone", async () => {
    await using _echo = await startEcho(fabric.outside.machine, onVlan.name);
    await sayWire("n1", "True");
    await sayWire("n2", "False");
    await until(async () => (await uplinkGroup("vlan")) === '["n1"]');
    await untilSeen("green", "172.16.33.200", "172.16.33.10");
    await stack.plane.kubectl.must(["delete", "uplink", "vlan", "--wait=false"]);
    await stack.plane.kubectl.must(["delete", "network", "green", "--wait=false"]);
    await stack.ovn.nbctl("lsp-del", "green-1");
    await stack.plane.kubectl.must(["wait", "uplink/vlan", "--for=delete", "--timeout=90s"]);
    await stack.plane.kubectl.must(["delete", "providernetwork", "wan", "--timeout=60s"]);
  });

  it("takes the rights that only uplinks need", async () => {
    await assertRareRights(stack.plane, "test/e2e/networks/gateway.test.ts");
  });

  it("goes over to the other chassis when the first one dies, and the pod's traffic with it", async () => {
    const [first] = fabric.hosts;
    await first?.powerOff();
    await untilReached(outside.IPv4);
    await untilReached(outside.IPv6);
    await untilActive("n2");
  });

  /** Waits until the server at the address is reached, and says which source address it saw. */
  async function untilSeen(netns: string, address: string, source: string): Promise<void> {
    const seen = await sourceSeen((command, args) => inNetns(netns, command, ...args), address, chassisHosts());
    assert.equal(seen, source, `${netns} to ${address}`);
  }

  /** Waits until the pod behind the address answers the world outside, and says which source address it saw. */
  async function untilAnswered(address: string, source: string): Promise<void> {
    const seen = await sourceSeen((command, args) => fabric.center.run(command, args), address, chassisHosts());
    assert.equal(seen, source);
  }

  /** Runs a subcommand that prints a table. */
  async function shown(command: string, name: string): Promise<string> {
    return (await runCommandLine([command, name, "--kubeconfig", stack.plane.adminKubeconfig])).stdout;
  }

  async function untilUplink(name: string, reason: string): Promise<void> {
    const path = `jsonpath={.status.conditions[0].reason}=${reason}`;
    await stack.plane.kubectl.must(["wait", `uplink/${name}`, `--for=${path}`, "--timeout=60s"]);
  }

  function uplinkColumn(name: string, column: string): Promise<string> {
    return stack.plane.kubectl.must(["get", "uplink", name, "-o", `jsonpath={.status.conditions[0].${column}}`]);
  }

  function uplinkGroup(name: string): Promise<string> {
    return stack.plane.kubectl.must(["get", "uplink", name, "-o", "jsonpath={.status.gatewayChassis}"]);
  }

  async function columnOf(name: string, path: string): Promise<unknown> {
    return JSON.parse(await stack.plane.kubectl.must(["get", "network", name, "-o", `jsonpath=${path}`])) as unknown;
  }

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

  /** Adds the port of a pod on the third node, as the webhook and the agent would make it. */
  async function addPod(pod: {
    readonly netns: string;
    readonly network: string;
    readonly ips: readonly string[];
    readonly via: readonly string[];
  }): Promise<void> {
    const { netns, network, ips, via } = pod;
    const port = `${network}-1`;
    const mac = macFromIpv4(defaultMacPrefix, ip(ips[0]?.split("/")[0] ?? ""));
    const addresses = [mac, ...ips.map((text) => text.split("/")[0])].join(" ");
    await stack.ovn.nbctl("lsp-add", network, port, "--", "lsp-set-addresses", port, addresses);
    const wired = { device: port, name: "net1", port, version: "", mac, ips };
    await wirePod(
      podHost,
      netns,
      [wired],
      via.map((router) => `default via ${router}`),
    );
  }
});
