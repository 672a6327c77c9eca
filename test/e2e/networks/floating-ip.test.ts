// An address outside that leads to one pod after the other, on a real datapath: connections come from a machine outside.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { floatingIpStatusSchema, type FloatingIpStatus } from "#src/api/floating-ip/floating-ip-schema.ts";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { networkManifest, uplinkManifest } from "#test/stacks/network-stack.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);

/** The machine in the middle plays the world outside, on the network of the tunnels. */
const outside = "198.51.100.1";
const requested = "198.51.100.20";
const other = "198.51.100.21";
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
  before(async () => {
    stack = owned.use(await DatapathStack.start());
    const { center, hosts } = stack.fabric;
    await center.must("ethtool", ["-K", "under0", "tx", "off"]);
    await center.ip(
      "link set under0 address 02:00:00:00:00:01",
      `addr add ${outside}/24 dev under0`,
      // Nobody out there knows the addresses of pods.
      "route add blackhole 10.10.0.0/16",
    );
    for (const { chassis } of hosts) {
      await chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=provider:br-phys");
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
    await kubectl("delete", "floatingip", "lost", "late");
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

  it("takes the rights that only floating addresses need", async () => {
    await assertRareRights(stack.admission.plane, "test/e2e/networks/floating-ip.test.ts");
  });
});
