import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";
import { routesOfPod } from "#src/pods/patch/pod-routes.ts";
import { type ShimCallOptions, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);

describe("wiring pods on two chassis", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("agent");
  let nodes: WiredNodes;
  before(async () => {
    nodes = await WiredNodes.start(folder.path);
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  /** Checks that CHECK finds no fault in the answer of ADD, and that DEL ends it. */
  async function checkAndDelete(sandbox: Omit<ShimCallOptions, "command">, added: string): Promise<void> {
    const config = { prevResult: JSON.parse(added) as object };
    const checked = await nodes.call(0, { ...sandbox, command: "CHECK", config });
    assert.equal(checked.code, 0, checked.stdout);
    const { pod, containerId } = sandbox;
    const deleted = await nodes.call(0, { command: "DEL", pod, containerId });
    assert.equal(deleted.code, 0, deleted.stdout);
    await nodes.node(0).removeNetns(pod.name);
  }

  test("two pods with two interfaces each reach each other through the tunnel, and nothing is left after DEL", async () => {
    const one = await nodes.admit("one", 0, [
      { interface: "net1", network: "blue", ip_address: ["10.1.0.7/24"] },
      { interface: "net2", network: "green", ip_address: ["10.2.0.7/24", "fd00:2::7/64"] },
    ]);
    const two = await nodes.admit("two", 1, [
      { interface: "net1", network: "blue", ip_address: ["10.1.0.8/24"] },
      { interface: "net2", network: "green", ip_address: ["10.2.0.8/24", "fd00:2::8/64"] },
    ]);
    for (const [index, pod] of [one, two].entries()) {
      const netns = await nodes.node(index).addNetns(pod.name);
      const { code, stdout } = await nodes.call(index, { command: "ADD", pod, containerId: `c${pod.name}`, netns });
      assert.equal(code, 0, stdout);
      const result = JSON.parse(stdout) as { interfaces: { name: string; mtu: number }[] };
      assert.equal(result.interfaces.length, 4);
      assert.equal(result.interfaces[1]?.mtu, 1442, "the underlay's 1500 less geneve over IPv4");
    }
    for (const address of ["10.1.0.8", "10.2.0.8", "fd00:2::8"]) await nodes.node(0).reach("one", address);
    for (const [index, pod] of [one, two].entries()) {
      const { code, stdout } = await nodes.call(index, { command: "DEL", pod, containerId: `c${pod.name}` });
      assert.equal(code, 0, stdout);
      assert.deepEqual(await nodes.node(index).ports(), []);
      assert.deepEqual(await nodes.node(index).pairs(), []);
      await nodes.node(index).removeNetns(pod.name);
    }
  });

  test("a pod whose networks have a route to one place is wired with one, and with it in the table of a sibling", async () => {
    const routes = '[{"dst":"192.0.2.0/24"}]';
    const blue = networkOf("blue", { subnets: "10.1.0.0/24", gateways: "10.1.0.1", routes });
    const green = networkOf("green", { subnets: "10.2.0.0/24", gateways: "10.2.0.1", routes });
    const items = [
      networked({}, blue, ["10.1.0.9"]),
      networked({}, green, ["10.2.0.9"]),
      networked({}, blue, ["10.1.0.10"]),
    ];
    const routesOfAll = routesOfPod(items);
    const pod = await nodes.admit(
      "same",
      0,
      items.map(({ network: { name: network }, addresses }, index) => ({
        interface: `net${(index + 1).toString()}`,
        network,
        ip_address: addresses.map((ip) => `${printIp(ip)}/24`),
        routes: routesOfAll[index],
      })),
    );
    const netns = await nodes.node(0).addNetns(pod.name);
    const added = await nodes.call(0, { command: "ADD", pod, containerId: "csame", netns });
    assert.equal(added.code, 0, added.stdout);
    const shown = async (...table: readonly string[]) =>
      (await nodes.node(0).inPod(pod.name, "ip", "route", "show", "192.0.2.0/24", ...table)).stdout.trim();
    assert.equal(await shown(), "192.0.2.0/24 via 10.1.0.1 dev net1");
    assert.equal(await shown("table", "1002"), "192.0.2.0/24 via 10.1.0.1 dev net3");
    await checkAndDelete({ pod, containerId: "csame", netns }, added.stdout);
  });

  test("a network may not have more than the tunnels carry, for ADD as for CHECK", async () => {
    const pod = await nodes.admit("jumbo", 0, [
      { interface: "net1", network: "blue", ip_address: ["10.1.0.11/24"], mtu: 8900 },
      { interface: "net2", network: "green", ip_address: ["10.2.0.11/24"], mtu: 1300 },
    ]);
    const netns = await nodes.node(0).addNetns(pod.name);
    const added = await nodes.call(0, { command: "ADD", pod, containerId: "cjumbo", netns });
    assert.equal(added.code, 0, added.stdout);
    const { stdout } = await nodes.node(0).inPod(pod.name, "ip", "-j", "link", "show");
    const links = JSON.parse(stdout) as readonly { ifname: string; mtu: number }[];
    const mtuOf = (name: string) => links.find(({ ifname }) => ifname === name)?.mtu;
    assert.deepEqual([mtuOf("net1"), mtuOf("net2")], [1442, 1300]);
    await checkAndDelete({ pod, containerId: "cjumbo", netns }, added.stdout);
  });
});
