// Wires on real frames: two chassis with Open vSwitch in user space, and a switch with hosts outside of the cluster.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { compileProgram } from "#cni/compile.ts";
import { NetlinkWorkers } from "#cni/plumbing/netlink-workers.ts";
import type { SeenWire } from "#cni/wires/wire-conditions.ts";
import { type WireDatabase, WireKeeper } from "#cni/wires/wire-keeper.ts";
import type { WiredNetwork } from "#cni/wires/wired-network.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import type { Machine } from "#lab/machine/machine.ts";
import { ovsSocket } from "#lab/machine/open-vswitch.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { until } from "#test/assertions/until.ts";
import { networkOn } from "#test/fixtures/cni/wire-views.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { addTransientPort } from "#test/stacks/datapath/transient-port.ts";
import { untilTraffic } from "#test/stacks/datapath/until-traffic.ts";
import { captureFrames, compileFrames } from "#test/stacks/frames/frame-capture.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "ethtool", "busybox"]);
const device = wireDevice;
const wire = "ovn4nfv-eth2";
const entry = { kind: "interface", name: device } as const;
const tagged = networkOn("vlan100", { physicalNetwork: wire, entry });
const untagged = networkOn("direct", { physicalNetwork: wire, entry, isTagged: false });
const macOf = (network: number, node: number) => `0a:00:00:00:0${network}:0${node}`;

interface KeptNode {
  readonly host: ChassisHost;
  readonly keeper: WireKeeper;
  readonly detach: () => Promise<void>;
}

describe("the wires of two nodes", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("wires");
  const nodes: KeptNode[] = [];
  let program: string;
  let frames: string;
  let fabric: OvnFabric;
  let networks: readonly WiredNetwork[] = [];
  let used: ReadonlySet<string> = new Set();
  /** Runs once, after an agent has made its plan and before its transaction. */
  const beforeChange: (() => Promise<unknown>)[] = [];

  const node = (index: number) => {
    const found = nodes[index];
    assert.ok(found);
    return found;
  };
  const ask = (...wanted: readonly WiredNetwork[]): void => {
    networks = wanted;
    for (const { keeper } of nodes) keeper.needsChanged();
  };
  const wireOf = (index: number, physicalNetwork = wire): SeenWire | undefined =>
    node(index).keeper.wires?.find((one) => one.physicalNetwork === physicalNetwork);
  const reasonOf = (index: number, physicalNetwork = wire): string | undefined =>
    wireOf(index, physicalNetwork)?.conditions.find(({ type }) => type === "Ready")?.reason;
  const ready = async (): Promise<void> => {
    for (const index of [0, 1]) await until(() => reasonOf(index) === "Connected", 60_000);
  };
  const mappings = async (index: number): Promise<string> => {
    const got = ["--if-exists", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings"];
    return (await node(index).host.chassis.vsctl(...got)).trim().replaceAll('"', "");
  };
  const bridges = async (index: number) => (await node(index).host.chassis.vsctl("list-br")).trim().split("\n");
  const inPod = (index: number, network: number, ...command: readonly string[]) =>
    node(index).host.machine.run("nsenter", [`--net=/run/netns/p${network}`, "--", ...command]);
  const pings = async (index: number, network: number, address: string): Promise<void> => {
    const once = async () => (await inPod(index, network, "busybox", "ping", "-c1", "-W1", address)).code === 0;
    await untilTraffic(fabric.hosts, once);
  };
  const ipv6Of = (index: number, link: string) =>
    node(index).host.machine.must("cat", [`/proc/sys/net/ipv6/conf/${link}/disable_ipv6`]);
  const capture = (machine: Machine, link: string) => captureFrames(frames, machine, link);

  /** Starts the part of an agent that keeps wires, on a machine that runs. */
  const attach = (host: ChassisHost): KeptNode => {
    const { machine } = host;
    const stop = new AbortController();
    const parts = { clock: systemClock, logger: silentLogger };
    const bridge = new IntegrationBridge({ endpoint: `unix:${machine.pathOf(ovsSocket)}`, bridge: "br-int", ...parts });
    const netlink = new NetlinkWorkers(["nsenter", `--net=/proc/${machine.pid}/ns/net`, "--", program]);
    const { run } = netlink;
    const needs = () => ({ networks, used });
    const database: WireDatabase = {
      get wiring() {
        return bridge.wiring;
      },
      get changes() {
        return bridge.changes;
      },
      whenChanged: (seen, options) => bridge.whenChanged(seen, options),
      async change(operations, options) {
        await beforeChange.splice(0)[0]?.();
        return bridge.change(operations, options);
      },
    };
    const keeper = new WireKeeper({ database, needs, run, ...parts, metrics: createMetrics() });
    bridge.start(stop.signal);
    const running = keeper.run(stop.signal);
    const detach = async (): Promise<void> => {
      stop.abort();
      await running;
      netlink.close();
      await bridge.close();
    };
    return { host, keeper, detach };
  };

  before(async () => {
    frames = await compileFrames(folder.path);
    program = await compileProgram("ovn4nfv-netlink", folder.path);
    fabric = await OvnFabric.start(folder.path, {
      outside: [
        { name: "vlan100", address: "10.1.0.9/24", vlan: 100 },
        { name: "untagged", address: "10.2.0.9/24" },
      ],
    });
    for (const host of fabric.hosts) nodes.push(attach(host));
    await addSwitches(fabric);
  });
  after(async () => {
    for (const { detach } of nodes) await detach();
    await fabric.stop();
    folder.remove();
  });

  test("pods of both nodes and hosts outside reach each other, tagged and untagged, and never through a tunnel", async () => {
    await node(0).host.chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=other:br-phys");
    const tbf = ["root", "handle", "7:", "tbf", "rate", "1gbit", "burst", "1mb", "latency", "1s"];
    await node(0).host.machine.must("tc", ["qdisc", "add", "dev", device, ...tbf]);
    ask(tagged, untagged);
    await ready();
    assert.match(await node(0).host.machine.must("tc", ["qdisc", "show", "dev", device]), /qdisc tbf 7:/);
    assert.equal(await mappings(0), "other:br-phys,ovn4nfv-eth2:br-eth2");
    assert.equal(await mappings(1), "ovn4nfv-eth2:br-eth2");
    assert.equal(await ipv6Of(1, device), "1\n", "a router on the wire gives the interface no address");
    for (const { host } of nodes) await addPods(host, Number(host.plan.name.slice(1)));
    await using toFirst = await capture(fabric.outside.machine, fabric.outside.portTo(node(0).host.machine));
    await using tunnels = await capture(fabric.center, "under0");
    for (const network of [1, 2]) {
      await pings(0, network, `10.${network}.0.2`);
      await pings(0, network, `10.${network}.0.9`);
      await pings(1, network, `10.${network}.0.9`);
    }
    const seen = (mac: string, tag: number) =>
      toFirst.lines().some((line) => line.startsWith(mac) && line.includes(` ${tag} 0800 `));
    assert.ok(
      seen(macOf(1, 1), 100) && seen(macOf(1, 2), 100),
      "frames of the VLAN carry its tag and the pod's address",
    );
    assert.ok(seen(macOf(2, 1), 0) && seen(macOf(2, 2), 0), "frames of the other network carry no tag");
    assert.ok(!seen(macOf(1, 1), 0) && !seen(macOf(2, 1), 100));
    assert.ok(!tunnels.lines().some((line) => line.endsWith(" 6081")), "nothing went through a tunnel");
  });

  test("an interface with the address of the node is refused, and the node keeps its connection", async () => {
    const { host } = node(0);
    const other = networkOn("mistake", { physicalNetwork: "mistake", entry: { kind: "interface", name: "eth0" } });
    ask(tagged, untagged, other);
    await until(() => reasonOf(0, "mistake") === "InterfaceHasAddress");
    assert.ok(!(await bridges(0)).includes("br-eth0"));
    await host.machine.must("busybox", ["ping", "-c1", "-W5", "192.0.2.1"]);
    await pings(0, 1, "10.1.0.9");
    ask(tagged, untagged);
    await until(() => wireOf(0, "mistake") === undefined);
  });

  test("a mapping of ours that another writer drops comes again, and the other's entries stay", async () => {
    const { chassis } = node(0).host;
    for (let round = 1; round <= 10; round += 1) {
      const text = `other:br-phys,round${round}:br-phys`;
      await chassis.vsctl("--no-wait", "set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings="${text}"`);
    }
    await until(async () => (await mappings(0)) === "other:br-phys,round10:br-phys,ovn4nfv-eth2:br-eth2");
    await pings(0, 1, "10.1.0.9");
  });

  test("a mapping that somebody adds between plan and transaction stays, and so does ours", async () => {
    const { chassis } = node(0).host;
    const set = (text: string) =>
      chassis.vsctl("--no-wait", "set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings="${text}"`);
    let isLate = false;
    beforeChange.push(async () => {
      await set("other:br-phys,late:br-phys");
      isLate = true;
    });
    await set("other:br-phys");
    await until(async () => isLate && (await mappings(0)) === "other:br-phys,late:br-phys,ovn4nfv-eth2:br-eth2");
    await pings(0, 1, "10.1.0.9");
  });

  test("a restart of Open vSwitch leaves it working, and so does an interface that is taken away and given back", async () => {
    const { chassis, machine } = node(0).host;
    await chassis.switchd.kill();
    await chassis.switchd.start();
    // ovs-vsctl waits until the new process has taken in a change.
    await chassis.vsctl("set", "Open_vSwitch", ".", `external_ids:started-by="${chassis.switchd.pid}"`);
    await pings(0, 1, "10.1.0.9");
    await machine.ip(`link del ${device}`);
    await until(() => reasonOf(0) === "InterfaceMissing", 30_000);
    await fabric.outside.plug(machine, device);
    await ready();
    await pings(0, 1, "10.1.0.9");
  });

  test("an agent that starts again changes nothing, and a node that was rebooted carries the wire again", async () => {
    const first = node(0);
    const rows = () => first.host.chassis.vsctl("--columns=_uuid,ports", "list", "Bridge", "br-eth2");
    const before = await rows();
    await first.detach();
    await pings(0, 1, "10.1.0.9");
    nodes[0] = attach(first.host);
    await ready();
    assert.equal(await rows(), before);
    await node(0).detach();
    await first.host.powerOff();
    await first.host.powerOn();
    nodes[0] = attach(first.host);
    await ready();
    await addPods(first.host, 1);
    await pings(0, 1, "10.1.0.9");
    await pings(0, 2, "10.2.0.2");
  });

  test("an interface that the node has come to use after a reboot stays off the bridge, until the node leaves it", async () => {
    const { host, detach } = node(0);
    const { chassis, machine } = host;
    const ports = async () => (await chassis.vsctl("list-ports", "br-eth2")).trim().split("\n");
    await detach();
    // The start script of Open vSwitch drops transient ports in this way, once after each boot.
    await chassis.vsctl("del-port", "br-eth2", device);
    await machine.ip(`addr add 198.51.100.7/24 dev ${device}`);
    used = new Set([wire]);
    nodes[0] = attach(host);
    await until(() => reasonOf(0) === "InterfaceHasAddress");
    assert.ok(!(await ports()).includes(device));
    assert.equal(await mappings(0), "other:br-phys,late:br-phys,ovn4nfv-eth2:br-eth2");
    await machine.ip(`addr del 198.51.100.7/24 dev ${device}`);
    ask(tagged, untagged);
    await ready();
    assert.ok((await ports()).includes(device));
    await pings(0, 1, "10.1.0.9");
  });

  test("the bridge and the mapping go with the last pod, the interface is as before, and the other mappings stay", async () => {
    used = new Set([wire]);
    ask();
    await until(() => reasonOf(0) === "Leaving");
    await pings(0, 1, "10.1.0.9");
    for (const { host } of nodes) await removePods(host);
    used = new Set();
    ask();
    for (const index of [0, 1]) await until(async () => !(await bridges(index)).includes("br-eth2"), 60_000);
    assert.equal(await mappings(0), "other:br-phys,late:br-phys");
    assert.equal(await mappings(1), "");
    const isUp = async () => {
      const text = await node(1).host.machine.must("ip", ["-j", "link", "show", device]);
      return (JSON.parse(text) as readonly { readonly flags: readonly string[] }[])[0]?.flags.includes("UP");
    };
    await until(async () => (await isUp()) === false);
    const usual = await ipv6Of(1, "default");
    await until(async () => (await ipv6Of(1, device)) === usual);
    await until(() => node(0).keeper.wires?.length === 0);
  });
});

/** A switch with the VLAN 100 and one without a tag on the wire, each with a port for each node. */
async function addSwitches({ central, hosts }: OvnFabric): Promise<void> {
  for (const network of [1, 2]) {
    const [name, localnet] = [`net${network}`, `net${network}-wire`];
    const tag = network === 1 ? ["--", "set", "Logical_Switch_Port", localnet, "tag_request=100"] : [];
    await central.nbctl(
      ...["ls-add", name, "--", "lsp-add", name, localnet, "--", "lsp-set-type", localnet, "localnet"],
      ...["--", "lsp-set-addresses", localnet, "unknown", "--", "lsp-set-options", localnet, `network_name=${wire}`],
      ...tag,
    );
    for (const [index] of hosts.entries()) {
      const [port, addresses] = [
        `net${network}-${index + 1}`,
        `${macOf(network, index + 1)} 10.${network}.0.${index + 1}`,
      ];
      await central.nbctl("lsp-add", name, port, "--", "lsp-set-addresses", port, addresses);
    }
  }
}

/** A namespace for each network, with a port of br-int. */
async function addPods({ machine, chassis }: ChassisHost, node: number): Promise<void> {
  for (const network of [1, 2]) {
    const [netns, link] = [`p${network}`, `v${network}`];
    await machine.must("ip", ["netns", "add", netns]);
    await machine.ip(`link add ${link} type veth peer name net1 netns ${netns}`, `link set ${link} up`);
    const lines = [`link set net1 address ${macOf(network, node)} up`, `addr add 10.${network}.0.${node}/24 dev net1`];
    await machine.must("ip", ["-n", netns, "-batch", "-"], { input: lines.join("\n") });
    await machine.must("nsenter", [`--net=/run/netns/${netns}`, "--", "ethtool", "-K", "net1", "tx", "off"]);
    const id = `external_ids:iface-id=net${network}-${node}`;
    await chassis.vsctl(...addTransientPort("br-int", link), "--", "set", "Interface", link, id);
  }
}

async function removePods({ machine, chassis }: ChassisHost): Promise<void> {
  for (const network of [1, 2]) {
    await chassis.vsctl("del-port", "br-int", `v${network}`);
    await machine.must("ip", ["netns", "del", `p${network}`]);
  }
}
