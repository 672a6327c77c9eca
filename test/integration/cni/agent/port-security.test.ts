// The filters of what pods send, and multicast, on a real ovn-northd and ovn-controller.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { multicastConfig } from "#src/ovn/multicast.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";
import { type TestPod, type WantedInterface, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);
const virtual = "10.1.0.200";

describe("what pods may send", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("port-security");
  let nodes: WiredNodes;
  before(async () => {
    nodes = await WiredNodes.start(folder.path);
    const blue = { interface: "net1", network: "blue" };
    await add("client", { ...blue, ip_address: ["10.1.0.6/24"] });
    await add("one", { ...blue, ip_address: ["10.1.0.7/24"], allowed_addresses: [virtual] });
    await add("two", { ...blue, ip_address: ["10.1.0.8/24"], allowed_addresses: [virtual] });
    await add("plain", { ...blue, ip_address: ["10.1.0.9/24"] });
    await add("bymac", { ...blue, ip_address: ["10.1.0.10/24"], port_security: "mac" });
    await add("open", { ...blue, ip_address: ["10.1.0.11/24"], port_security: "off" });
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  async function add(name: string, wanted: WantedInterface): Promise<TestPod> {
    const pod = await nodes.admit(name, 0, [wanted]);
    const netns = await nodes.node(0).addNetns(name);
    const { code, stdout } = await nodes.call(0, { command: "ADD", pod, containerId: `c${name}`, netns });
    assert.equal(code, 0, stdout);
    return pod;
  }

  const inPod = (name: string, ...command: readonly [string, ...string[]]) => nodes.node(0).inPod(name, ...command);
  const ip = (name: string, ...args: readonly string[]) => inPod(name, "ip", ...args);

  /**
   * True when the client gets an answer from the address, after it has forgotten the MAC that it knew. A question that is asked
   * again and again would keep a cached flow of before in use.
   */
  async function answers(address: string): Promise<boolean> {
    await nodes.node(0).host.chassis.forgetCachedFlows();
    await ip("client", "neigh", "flush", "all");
    return (await inPod("client", "busybox", "ping", "-c", "1", "-W", "1", address)).code === 0;
  }

  test("a virtual address moves from one pod to another, and a pod that may not have it is not heard", async () => {
    assert.equal(await answers(virtual), false);
    await ip("one", "addr", "add", `${virtual}/32`, "dev", "net1");
    await until(() => answers(virtual));
    await ip("one", "addr", "del", `${virtual}/32`, "dev", "net1");
    assert.equal(await answers(virtual), false);
    await ip("two", "addr", "add", `${virtual}/32`, "dev", "net1");
    await until(() => answers(virtual));
    await ip("two", "addr", "del", `${virtual}/32`, "dev", "net1");
    await ip("plain", "addr", "add", `${virtual}/32`, "dev", "net1");
    assert.equal(await answers(virtual), false);
  });

  test("a pod on a network that filters by MAC sends from any address, and from no other MAC", async () => {
    await ip("bymac", "addr", "add", "10.1.0.99/24", "dev", "net1");
    await until(() => answers("10.1.0.99"));
    await ip("bymac", "link", "set", "net1", "address", "0a:58:0a:01:00:63");
    assert.equal(await answers("10.1.0.99"), false);
  });

  test("without a filter a frame with a foreign MAC goes out, and nothing for a foreign MAC comes in", async () => {
    const foreign = "0a:58:0a:01:00:62";
    await ip("open", "link", "set", "net1", "address", foreign);
    await ip("open", "neigh", "flush", "all");
    const heard = async () => {
      await inPod("open", "busybox", "arping", "-U", "-c", "1", "-I", "net1", "10.1.0.11");
      return (await ip("client", "neigh", "show", "10.1.0.11")).stdout.includes(foreign);
    };
    // The client takes over what it hears about a neighbour that it knows.
    await ip("client", "neigh", "replace", "10.1.0.11", "lladdr", "0a:58:0a:01:00:0b", "dev", "net1", "nud", "stale");
    await until(heard);
    const echoes = async () => {
      const { stdout } = await inPod("open", "cat", "/proc/net/snmp");
      const [names = [], values = []] = stdout
        .split("\n")
        .filter((line) => line.startsWith("Icmp:"))
        .map((line) => line.split(" "));
      return Number(values[names.indexOf("InEchos")]);
    };
    await ip("client", "neigh", "replace", "10.1.0.11", "lladdr", foreign, "dev", "net1", "nud", "permanent");
    const before = await echoes();
    await inPod("client", "busybox", "ping", "-c", "3", "-W", "1", "10.1.0.11");
    assert.equal((await echoes()) - before, 0);
  });

  test("a switch that snoops learns who has joined a group", async () => {
    const mac = parseMac("0a:58:0a:01:00:01");
    const gateway = parseIp("10.1.0.1");
    assert.ok(mac && gateway);
    const config = Object.entries(multicastConfig({ snooping: true, querier: true }, { mac, addresses: [gateway] }));
    const { central } = nodes.fabric;
    const keys = config.flatMap(([key, value]) => (value === undefined ? [] : [`other_config:${key}="${value}"`]));
    await central.nbctl("--wait=hv", "set", "logical_switch", "blue", ...keys);
    const group = "239.1.2.3";
    const join = `const s = require("dgram").createSocket("udp4");
      s.bind(7000, () => { s.addMembership("${group}", "10.1.0.6"); }); process.on("SIGTERM", () => process.exit());
      s.on("message", (m) => { process.stdout.write(m); process.exit(); });`;
    const member = inPod("client", process.execPath, "-e", join);
    await until(async () => (await central.sbctl("--bare", "--columns=address", "list", "igmp_group")).includes(group));
    const send = `const s = require("dgram").createSocket("udp4");
      s.bind(0, "10.1.0.7", () => { s.setMulticastInterface("10.1.0.7");
        const again = () => s.send("heard", 7000, "${group}"); again(); const t = setInterval(again, 200);
        setTimeout(() => { clearInterval(t); s.close(); }, 1000); });`;
    let isOver = false;
    const hearing = member.finally(() => {
      isOver = true;
    });
    // The flows of the group come some time after its row.
    const sending = async () => {
      while (!isOver) await inPod("one", process.execPath, "-e", send);
    };
    const [{ stdout }] = await Promise.all([hearing, sending()]);
    assert.equal(stdout, "heard");
  });
});
