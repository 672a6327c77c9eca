// The page about migration puts the interface that has the node's address on a bridge. Its script is run as it stands there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { compileProgram } from "#cni/compile.ts";
import { NetlinkWorkers } from "#cni/plumbing/netlink-workers.ts";
import { WireKeeper } from "#cni/wires/wire-keeper.ts";
import type { WiredNetwork } from "#cni/wires/wired-network.ts";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { systemClock as clock } from "#src/core/clock.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import { ovsSocket } from "#lab/machine/open-vswitch.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { until } from "#test/assertions/until.ts";
import { networkOn } from "#test/fixtures/cni/wire-views.ts";
import { untilTraffic } from "#test/stacks/datapath/until-traffic.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "ethtool", "busybox"]);
const page = readFileSync(`${root}/docs/migration-from-nodus.md`, "utf8");
/** The block of the page, without the blanks before each line. */
function block(begin: string): string {
  const [, blanks = "", text = ""] = new RegExp(`^( *)${begin}\n([^]*?)^ *\`\`\`$`, "m").exec(page) ?? [];
  assert.notEqual(text, "", begin);
  return text.replaceAll(new RegExp(`^${blanks}`, "gm"), "");
}
const nic = wireDevice;
const bridge = "br-node";
const own = "10.2.0.50";

describe("the interface that has the address of the node", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let fabric: OvnFabric;
  let host: ChassisHost;
  let script: string;
  let keeper: WireKeeper;
  let networks: readonly WiredNetwork[] = [];
  before(async () => {
    const folder = owned.use(createTemporaryFolder("adopted"));
    fabric = owned.use(
      await OvnFabric.start(folder.path, {
        outside: [
          { name: "vlan100", address: "10.1.0.9/24", vlan: 100 },
          { name: "untagged", address: "10.2.0.9/24" },
        ],
      }),
    );
    const [first] = fabric.hosts;
    assert.ok(first);
    host = first;
    script = join(folder.path, "node-bridge.sh");
    await writeFile(script, block("```sh file=node-bridge.sh"));
    await host.machine.ip(
      `addr add ${own}/24 dev ${nic}`,
      `link set ${nic} up`,
      `route add 203.0.113.0/24 via 10.2.0.9 dev ${nic} metric 7`,
    );
    const program = await compileProgram("ovn4nfv-netlink", folder.path);
    const stop = new AbortController();
    const endpoint = `unix:${host.machine.pathOf(ovsSocket)}`;
    const database = new IntegrationBridge({ endpoint, bridge: "br-int", clock, logger });
    const netlink = new NetlinkWorkers(["nsenter", `--net=/proc/${host.machine.pid.toString()}/ns/net`, "--", program]);
    const needs = () => ({ networks, used: new Set<string>() });
    keeper = new WireKeeper({ database, needs, run: netlink.run, clock, logger, metrics: createMetrics() });
    database.start(stop.signal);
    const running = keeper.run(stop.signal);
    owned.defer(async () => {
      stop.abort();
      await running;
      netlink.close();
      await database.close();
    });
  });
  after(() => owned.disposeAsync());

  const call = (verb: string, env: Readonly<Record<string, string>> = {}) => {
    const words = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    return host.machine.must("env", [...words, "sh", script, verb, nic, bridge]);
  };
  const addressesOf = async (link: string) =>
    (await host.machine.run("ip", ["-brief", "address", "show", "dev", link])).stdout;
  const routes = () => host.machine.must("ip", ["route", "show", "203.0.113.0/24"]);
  const ask = (...wanted: readonly WiredNetwork[]): void => {
    networks = wanted;
    keeper.needsChanged();
  };
  const wireReason = (): string | undefined =>
    keeper.wires?.[0]?.conditions.find(({ type }) => type === "Ready")?.reason;
  const reaches = async (address: string, netns?: string): Promise<void> => {
    const ping = ["busybox", "ping", "-c1", "-W1", address];
    const command = netns === undefined ? ping : ["nsenter", `--net=/run/netns/${netns}`, "--", ...ping];
    await untilTraffic(fabric.hosts, async () => (await host.machine.run("env", command)).code === 0);
  };

  test("goes back to the interface when nobody says that the node is reached", async () => {
    await reaches("10.2.0.9");
    await call("move", { WAIT: "8" });
    await until(async () => (await addressesOf(nic)).includes(`${own}/24`));
    await until(async () => !(await host.chassis.vsctl("list-br")).includes(bridge));
    assert.match(await routes(), new RegExp(`via 10\\.2\\.0\\.9 dev ${nic} metric 7`));
    await reaches("10.2.0.9");
  });

  test("stays on the bridge with its routes and its MAC when somebody does", async () => {
    const macOf = async (link: string) =>
      /link\/ether (\S+)/.exec(await host.machine.must("ip", ["link", "show", link]))?.[1];
    await call("move");
    await call("keep");
    assert.match(await addressesOf(bridge), new RegExp(`${own}/24`));
    assert.doesNotMatch(await addressesOf(nic), new RegExp(own));
    assert.equal(await macOf(bridge), await macOf(nic));
    assert.match(await routes(), new RegExp(`via 10\\.2\\.0\\.9 dev ${bridge} metric 7`));
    await reaches("10.2.0.9");
  });

  test("then carries a VLAN for pods beside the frames of the node, by a mapping and nothing else", async () => {
    const object = parse(block("```yaml")) as { metadata: object };
    const metadata = { namespace: "default", uid: "u", resourceVersion: "1", name: "pnetwork" };
    const { adoptBridge, physicalNetwork } = parseProviderNetwork({ ...object, metadata });
    assert.equal(adoptBridge, bridge);
    await addPod(fabric, host, physicalNetwork);
    const ports = () => host.chassis.vsctl("list-ports", bridge);
    ask(networkOn("pnetwork", { physicalNetwork, entry: { kind: "bridge", name: bridge } }));
    await until(() => wireReason() === "Connected");
    await reaches("10.1.0.9", "pod");
    await reaches("10.2.0.9");
    assert.match(await addressesOf(bridge), new RegExp(`${own}/24`));
    ask();
    await until(() => keeper.wires?.length === 0);
    assert.equal((await host.chassis.vsctl("list-br")).includes(bridge), true);
    // An ovn-controller that has seen few changes since it started leaves its patch port there.
    assert.deepEqual(
      (await ports()).split(/\s+/).filter((port) => port !== "" && !port.startsWith("patch-wire-")),
      [nic],
    );
    await reaches("10.2.0.9");
  });

  test("is where it was before after the way back", async () => {
    await call("undo");
    assert.match(await addressesOf(nic), new RegExp(`${own}/24`));
    assert.ok(!(await host.chassis.vsctl("list-br")).includes(bridge));
    assert.match(await routes(), new RegExp(`via 10\\.2\\.0\\.9 dev ${nic} metric 7`));
    await reaches("10.2.0.9");
  });
});

/** A switch with the VLAN 100 on the wire, and a namespace with a port of it. */
async function addPod({ central }: OvnFabric, { machine, chassis }: ChassisHost, wire: string): Promise<void> {
  await central.nbctl(
    ...["ls-add", "pnetwork", "--", "lsp-add", "pnetwork", "wire", "--", "lsp-set-type", "wire", "localnet"],
    ...["--", "lsp-set-addresses", "wire", "unknown", "--", "lsp-set-options", "wire", `network_name=${wire}`],
    ...["--", "set", "Logical_Switch_Port", "wire", "tag_request=100"],
    ...["--", "lsp-add", "pnetwork", "pod", "--", "lsp-set-addresses", "pod", "0a:00:00:00:01:01 10.1.0.1"],
  );
  await machine.must("ip", ["netns", "add", "pod"]);
  await machine.ip("link add v1 type veth peer name net1 netns pod", "link set v1 up");
  const lines = ["link set net1 address 0a:00:00:00:01:01 up", "addr add 10.1.0.1/24 dev net1"];
  await machine.must("ip", ["-n", "pod", "-batch", "-"], { input: lines.join("\n") });
  await machine.must("nsenter", ["--net=/run/netns/pod", "--", "ethtool", "-K", "net1", "tx", "off"]);
  await chassis.vsctl("add-port", "br-int", "v1", "--", "set", "Interface", "v1", "external_ids:iface-id=pod");
}
