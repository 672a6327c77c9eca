// An address outside that leads to one pod after the other, or works from the node of its pod, on a real datapath: connections
// come from machines outside.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { floatingIpStatusSchema, type FloatingIpStatus } from "#src/api/floating-ip/floating-ip-schema.ts";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { wireLabel } from "#src/api/provider-network/wire-label.ts";
import { floatingMac } from "#src/ovn/rows/floating-rows.ts";
import { parseIp } from "#src/net/ip.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { type ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import { until } from "#test/assertions/until.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { captureFrames, compileFrames } from "#test/stacks/frames/frame-capture.ts";
import { sayWires } from "#test/stacks/said-wires.ts";
import { networkManifest, untilNextSecond, uplinkManifest } from "#test/stacks/network-stack.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);

/** The machine in the middle plays the world outside, on the network of the tunnels. */
const outside = "198.51.100.1";
const requested = "198.51.100.20";
const other = "198.51.100.21";
/** A host on a VLAN, to which both nodes have a wire. */
const onVlan = { name: "vlan100", address: "172.16.33.200/24", vlan: 100 };
const wire = `ovn4nfv-${wireDevice}`;
const outsideSchema = z.object({ external_ip: z.string(), external_mac: z.string() });
const objectSchema = z.object({ metadata: z.object({ uid: z.string() }), status: floatingIpStatusSchema.default({}) });

/** Answers with a name and the address from which the question came, over TCP and UDP. */
const server =
  "const [name] = process.argv.slice(1); const say = (from) => `${name} ${from.replace('::ffff:', '')}`;" +
  "const u = require('node:dgram').createSocket('udp4');" +
  "u.on('message', (_, { address, port }) => u.send(say(address), port, address));" +
  "u.bind(8080, () => require('node:net').createServer((s) => s.end(say(s.remoteAddress)))" +
  ".listen(8080, () => console.log('ready')));";
/** Connects by TCP again and again until one of the wanted answers, and says how long that took. */
const untilAnswer =
  "const [host, wanted] = process.argv.slice(1); const start = performance.now();" +
  "const again = () => setTimeout(once, 10);" +
  "function once() { let said = ''; const s = require('node:net').connect(8080, host); s.setTimeout(300, () => s.destroy());" +
  "s.on('data', (d) => (said += d)); s.on('error', () => {});" +
  "s.on('close', () => said.startsWith(wanted) ? console.log(Math.round(performance.now() - start), said) : again()); } once();";
const askByUdp =
  "const s = require('node:dgram').createSocket('udp4'); const [host] = process.argv.slice(1);" +
  "s.on('message', (m) => { console.log(String(m)); process.exit(); });" +
  "setInterval(() => s.send('?', 8080, host), 200); s.send('?', 8080, host);";

describe("a FloatingIP", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let frames: string;
  before(async () => {
    stack = owned.use(await DatapathStack.start([onVlan]));
    frames = await compileFrames(owned.use(createTemporaryFolder("frames")).path);
    const { center, hosts } = stack.fabric;
    await center.must("ethtool", ["-K", "under0", "tx", "off"]);
    await center.ip(
      "link set under0 address 02:00:00:00:00:01",
      `addr add ${outside}/24 dev under0`,
      // Nobody out there knows the addresses of pods.
      "route add blackhole 10.10.0.0/16",
    );
    for (const { chassis } of hosts) {
      const mappings = `provider:br-phys,${wire}:br-wire`;
      await chassis.vsctl("set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings="${mappings}"`);
    }
    await kubectl("label", "node", "n1", `${nodeKeys.gateway.key}=`);
    await stack.admission.plane.kubectl.apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "tenant" } },
      uplinkManifest("west", {
        physicalNetwork: "provider",
        addresses: ["198.51.100.102/24"],
        nextHops: [outside],
        floating: { addresses: [`${requested}..${other}`], allowedNamespaces: { names: ["default", "tenant"] } },
      }),
      networkManifest("blue", { ipv4Subnets: [{ subnet: "10.10.0.0/24" }], snat: true, uplink: "west" }),
    ]);
    await kubectl("wait", "uplink/west", "network/blue", "--for=condition=Ready", "--timeout=60s");
  });
  after(() => owned.disposeAsync());

  const kubectl = (...args: readonly string[]): Promise<string> => stack.admission.plane.kubectl.must(args);
  const floatingIp = (name: string, spec: object = {}, namespace = "default") => ({
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "FloatingIP",
    metadata: { name, namespace },
    spec: { uplink: "west", selector: { matchLabels: { app: "shop" } }, ...spec },
  });
  const read = async (name: string, namespace = "default") =>
    objectSchema.parse(await stack.admission.plane.kubectl.get(["floatingip", name, `--namespace=${namespace}`]));
  const readyOf = ({ conditions }: FloatingIpStatus) => {
    const ready = conditions?.find(({ type }) => type === "Ready");
    return { reason: ready?.reason, message: ready?.message ?? "" };
  };
  async function untilReason(name: string, reason: string, namespace = "default"): Promise<FloatingIpStatus> {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await kubectl("wait", `floatingip/${name}`, `-n${namespace}`, `--for=${path}`, "--timeout=60s");
    return (await read(name, namespace)).status;
  }

  /** Creates a pod with an interface in blue, in which a server answers with its name. */
  async function addPod(name: string, node: 0 | 1, app: string): Promise<void> {
    const host = stack.fabric.hosts[node];
    assert.ok(host);
    await stack.addPodOn(name, host, ["blue"], ["default via 10.10.0.1"], { app });
    await serve(name, host);
  }
  /** Starts the server in a pod. */
  async function serve(name: string, host: ChassisHost): Promise<void> {
    const args = ["netns", "exec", name, process.execPath, "-e", server, name];
    await host.machine.process({ name: `server-${name}`, command: "ip", args, ready: untilLine(/^ready$/m) }).start();
    await stack.settle();
  }
  /** Waits until a connection from outside arrives at the pod. Gives the time in milliseconds, and the address that it saw. */
  async function untilArrives(address: string, pod: string): Promise<{ readonly ms: number; readonly from: string }> {
    const command = ["-e", untilAnswer, address, `${pod} `];
    const [ms = "", , from = ""] = (await stack.fabric.center.must(process.execPath, command, { timeoutMs: 60_000 }))
      .trim()
      .split(" ");
    return { ms: Number(ms), from };
  }
  const macOf = async (address: string): Promise<string> =>
    /lladdr (\S+)/.exec(await stack.fabric.center.must("ip", ["neigh", "show", address]))?.[1] ?? "none";
  const rowsOf = async (name: string): Promise<readonly string[]> => {
    const { uid } = (await read(name)).metadata;
    return rowsOfUid(uid);
  };
  async function rowsOfUid(uid: string): Promise<readonly string[]> {
    const all = ["Address_Set", "NAT"].map((table) =>
      stack.fabric.central.nbctl("--bare", "--columns=external_ids", "list", table),
    );
    return (await Promise.all(all))
      .join("\n")
      .split("\n")
      .filter((line) => line.includes(`floating/${uid}/`));
  }

  it("holds an address of its Uplink before there is any pod", async () => {
    await stack.admission.plane.kubectl.apply([floatingIp("shop", { address: requested })]);
    const status = await untilReason("shop", "NoPod");
    assert.equal(status.address, requested);
    assert.equal((await rowsOf("shop")).length, 1);
  });

  it("leads to the pod that is selected, by TCP and UDP, and the pod leaves with it", async (t) => {
    await addPod("a", 1, "shop");
    const { pod, network, interface: name } = await untilReason("shop", "Attached");
    assert.deepEqual([pod, network, name], ["a", "blue", "net0"]);
    const { ms, from } = await untilArrives(requested, "a");
    t.diagnostic(`first connection after ${ms} ms`);
    assert.equal(from, outside);
    const { center, hosts } = stack.fabric;
    assert.equal(
      (await center.must(process.execPath, ["-e", askByUdp, requested], { timeoutMs: 30_000 })).trim(),
      `a ${outside}`,
    );
    const echo = center.process({
      name: "echo-outside",
      command: process.execPath,
      args: ["-e", server, "outside"],
      ready: untilLine(/^ready$/m),
    });
    await echo.start();
    const command = ["netns", "exec", "a", process.execPath, "-e", untilAnswer, outside, "outside "];
    const said = await hosts[1]?.machine.must("ip", command, { timeoutMs: 60_000 });
    await echo.stop();
    assert.match(said ?? "", new RegExp(`outside ${requested.replaceAll(".", "\\.")}`));
  });

  it("stays with its pod while another one is selected, and moves to that when it goes, with the same address and MAC", async (t) => {
    const mac = await macOf(requested);
    await addPod("b", 0, "shop");
    const status = await untilReason("shop", "SeveralPods");
    assert.deepEqual([status.pod, status.conditions?.[0]?.status], ["a", "True"]);
    const moved = untilArrives(requested, "b");
    await kubectl("delete", "pod", "a", "--wait=false");
    t.diagnostic(`a connection arrives at b ${(await moved).ms} ms after the deletion of a was sent`);
    assert.equal((await untilReason("shop", "Attached")).pod, "b");
    assert.equal((await read("shop")).status.address, requested);
    assert.equal(await macOf(requested), mac);
    await kubectl("wait", "pod/a", "--for=delete", "--timeout=60s");
  });

  it("arrives at the next pod soon after that is ready and selected", async (t) => {
    await addPod("c", 1, "next");
    await kubectl("delete", "pod", "b");
    await untilReason("shop", "NoPod");
    assert.equal((await rowsOf("shop")).length, 1);
    const moved = untilArrives(requested, "c");
    await kubectl("label", "pod", "c", "app=shop", "--overwrite");
    t.diagnostic(`a connection arrives at c ${(await moved).ms} ms after kubectl was told to select it`);
    const { stdout } = await stack.admission.plane.kubectl.run(["get", "events", "--field-selector=reason=Attached"]);
    assert.match(stdout, /leads to pod/);
  });

  it("is refused an address that an older one has, and gets it when that is deleted", async () => {
    const { uid } = (await read("shop")).metadata;
    await stack.admission.plane.kubectl.apply([floatingIp("younger", { address: requested }, "tenant")]);
    const { message } = readyOf(await untilReason("younger", "AddressInUse", "tenant"));
    assert.match(message, /198\.51\.100\.20 is held by somebody else/);
    assert.ok(!message.includes("shop"), message);
    await kubectl("delete", "floatingip", "shop");
    assert.deepEqual(await rowsOfUid(uid), []);
    assert.equal((await untilReason("younger", "NoPod", "tenant")).address, requested);
  });

  it("keeps its address when the controller is killed, and when NB has lost it", async () => {
    await stack.admission.plane.kubectl.apply([floatingIp("auto")]);
    await untilReason("auto", "Attached");
    assert.equal((await read("auto")).status.address, other);
    await untilArrives(other, "c");
    await stack.controller.kill();
    await addPod("d", 0, "shop");
    await kubectl("label", "pod", "c", "app=gone", "--overwrite");
    const { uid } = (await read("auto")).metadata;
    const name = `ovn4nfv_floating_${uid.replaceAll("-", "_")}`;
    await stack.fabric.central.nbctl("destroy", "Address_Set", name);
    await stack.admission.plane.kubectl.apply([floatingIp("late")]);
    await stack.controller.start();
    await untilArrives(other, "d");
    assert.equal((await read("auto")).status.address, other);
    assert.match(
      readyOf(await untilReason("late", "PoolExhausted")).message,
      /all addresses of the Uplink west are held/,
    );
    await kubectl("delete", "floatingip", "auto");
    assert.equal((await untilReason("late", "Attached")).address, other);
  });

  it("is kept from a free address by no others that wait and are being deleted, though a finalizer holds them", async () => {
    const { administrator } = stack.admission.plane;
    // So many are looked at when an address becomes free.
    const stuck = Array.from({ length: 16 }, (_, n) => `stuck-${n}`);
    const finalizers = ["example.org/stays"];
    const held = (name: string) => ({ ...floatingIp(name), metadata: { name, namespace: "default", finalizers } });
    await administrator.apply(stuck.map(held));
    for (const name of stuck) await untilReason(name, "PoolExhausted");
    await untilNextSecond();
    await administrator.apply([floatingIp("last")]);
    await untilReason("last", "PoolExhausted");
    await kubectl("delete", "floatingip", ...stuck, "--wait=false");
    await kubectl("delete", "floatingip", "late");
    assert.equal((await untilReason("last", "Attached")).address, other);
    const freed = JSON.stringify({ metadata: { finalizers: null } });
    for (const name of stuck) await kubectl("patch", "floatingip", name, "--type=merge", "-p", freed);
  });

  it("keeps its Uplink, and tells of an Uplink that is not there and of a namespace that may have none", async () => {
    await stack.admission.plane.kubectl.apply([floatingIp("lost", { uplink: "nowhere" })]);
    await untilReason("lost", "UnknownUplink");
    await kubectl(
      "patch",
      "uplink",
      "west",
      "--type=merge",
      "-p",
      '{"spec":{"floating":{"allowedNamespaces":{"names":["default"]}}}}',
    );
    await untilReason("younger", "NamespaceNotAllowed", "tenant");
    await kubectl("delete", "floatingip", "lost", "last");
    assert.deepEqual(
      (
        await Promise.all(
          ["Address_Set", "NAT"].map((table) =>
            stack.fabric.central.nbctl("--bare", "--columns=external_ids", "list", table),
          ),
        )
      )
        .join("")
        .match(/floating\/[^/]*\/rule/g),
      null,
    );
  });

  it("takes a pod whose address works from its own node only to nodes with the wire", async () => {
    await stack.admission.plane.kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "ProviderNetwork",
        metadata: { name: "wan", namespace: "default" },
        spec: {
          providerNetType: "VLAN",
          ipv4Subnets: [{ subnet: "172.16.33.0/24", excludeIps: "172.16.33.20..172.16.33.254" }],
          vlan: { vlanId: onVlan.vlan, providerInterfaceName: wireDevice },
        },
      },
      uplinkManifest("edge", {
        providerNetwork: "wan",
        addresses: ["172.16.33.10/24"],
        nodes: { matchLabels: { way: "edge" } },
        floating: { addresses: ["172.16.33.20..172.16.33.29"] },
      }),
      networkManifest("green", { ipv4Subnets: [{ subnet: "10.12.0.0/24" }], uplink: "edge" }),
    ]);
    await kubectl("label", "node", "n1", "way=edge");
    await kubectl("wait", "uplink/edge", "network/green", "--for=condition=Ready", "--timeout=60s");
    assert.equal((await tried("false")).stdout, "");
    assert.equal((await tried("true")).stdout, JSON.stringify({ [wireLabel(wire)]: "ready" }));
    const onSecond = { nodeName: "n2" };
    await sayWires(stack.admission.plane.kubectl, "n2", { [wire]: "False" }, "n2");
    await until(async () => /WireMissing.*"n2" does not carry/.test((await tried("true", onSecond)).stderr));
    assert.equal((await tried("false", onSecond)).code, 0);
    await sayWires(stack.admission.plane.kubectl, "n2", { [wire]: "True" }, "n2");
    await until(async () => (await tried("true", onSecond)).code === 0);
  });

  it("leads to that pod by the wire of its node, with a MAC of its own and past the gateway, and leaves no rule", async () => {
    const { hosts, outside: beyond } = stack.fabric;
    const [, second] = hosts;
    assert.ok(second);
    await stack.addPod({ name: "far", annotations: askingOutside("true") }, second, ["default via 10.12.0.1"]);
    await serve("far", second);
    await stack.settle();
    const stored = await stack.admission.pods.get({ namespace: "default", name: "far" });
    const { external_ip: external, external_mac: mac } = outsideSchema.parse(resultOf(stored)[0]);
    const address = parseIp(external);
    assert.ok(address);
    assert.equal(mac, floatingMac(address));
    await using bySecond = await captureFrames(frames, beyond.machine, beyond.portTo({ name: "n2" }));
    await using byFirst = await captureFrames(frames, beyond.machine, beyond.portTo({ name: "n1" }));
    const peer = onVlan.address.split("/")[0] ?? "";
    const said = await beyond.onHost(onVlan.name, process.execPath, "-e", untilAnswer, external, "far ");
    assert.match(said, new RegExp(`far ${peer}$`, "m"));
    const echo = beyond.machine.process({
      name: "echo-vlan",
      command: "nsenter",
      args: [`--net=/run/netns/${onVlan.name}`, "--", process.execPath, "-e", server, "outside"],
      ready: untilLine(/^ready$/m),
    });
    await echo.start();
    const left = ["netns", "exec", "far", process.execPath, "-e", untilAnswer, peer, "outside "];
    assert.match(await second.machine.must("ip", left, { timeoutMs: 60_000 }), new RegExp(`outside ${external}$`, "m"));
    await echo.stop();
    // A broadcast frame comes to every node.
    const unicast = (line: string) => !line.includes(" ff:ff:ff:ff:ff:ff ");
    const sentBy = (lines: readonly string[]) => lines.filter((line) => line.startsWith(`${mac} `) && unicast(line));
    const sent = sentBy(bySecond.lines());
    assert.ok(sent.length > 0 && sent.every((line) => line.split(" ")[2] === String(onVlan.vlan)), sent.join("\n"));
    assert.deepEqual(sentBy(byFirst.lines()), []);
    await kubectl("delete", "pod", "far", "--timeout=60s");
    const rules = () => stack.fabric.central.nbctl("--bare", "--columns=external_ip", "list", "NAT");
    await until(async () => !(await rules()).includes(external));
  });

  const askingOutside = (distributed: string) =>
    request({ name: "green", interface: "net0", defaultGateway: "true", externalIp: "auto", distributed });
  /** Gives the node selector that a pod would get with an address outside. */
  const tried = (distributed: string, spec: object = {}) => {
    const input = JSON.stringify(podManifest({ name: "tried", annotations: askingOutside(distributed), spec }));
    const args = ["create", "--dry-run=server", "-f", "-", "-o", "jsonpath={.spec.nodeSelector}"];
    return stack.admission.plane.kubectl.run(args, { input });
  };

  it("takes the rights that only floating addresses need", async () => {
    await assertRareRights(stack.admission.plane, "test/e2e/networks/floating-ip.test.ts");
  });
});
