import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { NetlinkWorkers } from "#cni/plumbing/netlink-workers.ts";
import { kernelDifferences } from "#cni/plumbing/pod-differences.ts";
import { leadCommands, shapingDifferences } from "#cni/plumbing/shaping.ts";
import { ifbName, type PodInterface, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import type { PodSettings } from "#cni/plumbing/pod-commands.ts";
import { readNetworkState, removePairs, type Sandbox, wireSandbox } from "#cni/plumbing/wire-sandbox.ts";
import { mustRun } from "#tools/process/command.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { until } from "#test/assertions/until.ts";
import { buildNetlink } from "#test/stacks/cni/netlink.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const { signal } = new AbortController();
const settings: PodSettings = { bypassCidrs: [], inUserSpace: false };

interface Link {
  readonly address: string;
  readonly mtu: number;
  readonly operstate: string;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
}

describe("wiring a sandbox", { skip: whyNotRoot() }, () => {
  let netlink: NetlinkWorkers;
  before(async () => {
    netlink = new NetlinkWorkers((await buildNetlink()).command);
  });
  const id = randomBytes(4).toString("hex");
  const pod = `ovn4nfv-p-${id}`;
  const fabric = `ovn4nfv-f-${id}`;
  const interfaces = podInterfaces(id, sampleResults, 1400);
  const sandbox: Sandbox = { netns: `/run/netns/${pod}`, interfaces };
  const hostNames = interfaces.map(({ hostName }) => hostName);
  /**
   * Runs a command in a namespace. The namespace is part of the command and never an option that could be forgotten:
   * nothing here may change the host.
   */
  const run = (netns: string, ...command: string[]) =>
    mustRun("nsenter", [`--net=/run/netns/${netns}`, "--", ...command]);
  const inPod = (...args: string[]) => run(pod, "ip", ...args);
  const show = async (name: string) => (JSON.parse(await inPod("-j", "addr", "show", name)) as Link[])[0];
  const leftOver = () => hostNames.filter((name) => readFileSync("/proc/net/dev", "utf8").includes(`${name}:`));
  const routes = async (...args: string[]) => (await inPod(...args)).trim().split(/\s*\n/);

  beforeEach(async () => {
    for (const netns of [pod, fabric]) await mustRun("ip", ["netns", "add", netns]);
    await inPod("link", "set", "lo", "up");
  });
  afterEach(async () => {
    await removePairs(hostNames, netlink.run);
    for (const netns of [pod, fabric]) await mustRun("ip", ["netns", "del", netns]);
  });
  after(() => {
    netlink.close();
    assert.deepEqual(leftOver(), []);
  });

  const wire = (more: Partial<PodSettings> = {}, what = sandbox) =>
    wireSandbox(what, { ...settings, ...more }, signal, netlink.run);

  /** Puts the host's end into a namespace that plays the network, with the gateway's addresses. */
  const attach = async ({ hostName }: PodInterface, addresses: readonly string[]) => {
    await mustRun("ip", ["link", "set", hostName, "netns", fabric, "up"]);
    for (const address of addresses) {
      const nodad = address.includes(":") ? ["nodad"] : [];
      await run(fabric, "ip", "addr", "add", address, "dev", hostName, ...nodad);
    }
  };

  /** The end of a connection from the pod to a closed port. `ECONNREFUSED` shows that packets went there and back. */
  const knock = (host: string) => {
    const script = `require("net").connect({ host: "${host}", port: 9, timeout: 20000 })
      .on("error", ({ code }) => process.stdout.write(code))
      .on("timeout", () => process.exit(1))`;
    return run(pod, process.execPath, "-e", script);
  };

  test("every interface has its MAC, MTU and addresses, and the network is reached at once in both families", async () => {
    await wire();
    for (const expected of interfaces) {
      const link = await show(expected.name);
      const global = link?.addr_info.filter(({ scope }) => scope === "global") ?? [];
      assert.equal(link?.address, expected.mac);
      assert.equal(link.mtu, expected.mtu);
      // The kernel reports this some moments after the carrier is there.
      await until(async () => (await show(expected.name))?.operstate === "UP");
      assert.deepEqual(
        global.map(({ local, prefixlen }) => `${local}/${prefixlen.toString()}`),
        expected.addresses,
      );
    }
    const [, green] = interfaces;
    assert.ok(green);
    await attach(green, ["10.2.0.1/24", "fd00:2::1/64"]);
    for (const gateway of ["10.2.0.1", "fd00:2::1"]) assert.equal(await knock(gateway), "ECONNREFUSED");
  });

  test("IPv6 works in a pod where it was switched off, and router advertisements add nothing", async () => {
    const conf = "/proc/sys/net/ipv6/conf";
    await run(pod, "sh", "-c", `echo 1 > ${conf}/default/disable_ipv6; echo 1 > ${conf}/all/disable_ipv6`);
    await wire();
    const values = await run(
      pod,
      "cat",
      `${conf}/net2/disable_ipv6`,
      `${conf}/net2/accept_ra`,
      `${conf}/net1/disable_ipv6`,
      `${conf}/net1/accept_ra`,
    );
    assert.equal(values, "0\n0\n1\n0\n");
    assert.deepEqual((await show("net2"))?.addr_info.map(({ local }) => local).slice(0, 2), ["10.2.0.7", "fd00:2::7"]);
  });

  test("a sink takes neither address nor route from the router advertisements of a pod that it watches", async () => {
    const [first] = sampleResults;
    assert.ok(first);
    const sink = podInterfaces(id, [{ ...first, ip_address: [], gateway_ip: [], tap: true }], 1400);
    await wire({}, { ...sandbox, interfaces: sink });
    await until(async () => (await show("net1"))?.operstate === "UP");
    assert.deepEqual((await show("net1"))?.addr_info, []);
    assert.equal(await run(pod, "cat", "/proc/sys/net/ipv6/conf/net1/disable_ipv6"), "1\n");
  });

  test("the default route moves and the bypass CIDRs stay behind the old gateway", async () => {
    await inPod("link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
    await inPod("link", "set", "peer0", "up");
    await inPod("addr", "add", "10.244.1.5/24", "dev", "eth0");
    await inPod("link", "set", "eth0", "up");
    await inPod("route", "add", "default", "via", "10.244.1.1", "metric", "100");
    await wire({ bypassCidrs: ["10.96.0.0/12", "10.244.0.0/16"] });
    assert.deepEqual(await routes("route"), [
      "default via 10.2.0.1 dev net2",
      "10.1.0.0/24 dev net1 proto kernel scope link src 10.1.0.7",
      "10.2.0.0/24 dev net2 proto kernel scope link src 10.2.0.7",
      "10.3.0.0/24 dev net3 proto kernel scope link src 10.3.0.7",
      "10.96.0.0/12 via 10.244.1.1 dev eth0 metric 1024",
      "10.244.0.0/16 via 10.244.1.1 dev eth0 metric 1024",
      "10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.5",
      "172.30.0.0/16 via 10.3.0.254 dev net3",
      "172.31.0.0/16 dev net3 scope link",
    ]);
    assert.match((await routes("-6", "route", "show", "default")).join(), /^default via fd00:2::1 dev net2 /);
  });

  test("of two interfaces on one subnet each answers under its own addresses, by itself", async () => {
    const twice = sampleResults.slice(0, 2).map((result, index) => ({
      ...result,
      ip_address: [`10.1.0.${(7 + index).toString()}/24`, `fd00:1::${(7 + index).toString()}/64`],
      gateway_ip: ["10.1.0.1", "fd00:1::1"],
      defaultGateway: "false" as const,
    }));
    const both = { ...sandbox, interfaces: podInterfaces(id, twice, 1400) };
    await wire({}, both);
    const via = async (from: string, to: string) => {
      const [family, route] = [to.includes(":") ? "-6" : "-4", ["route", "get", to, "from", from]];
      return / dev (\S+)/.exec(await inPod(family, ...route))?.[1];
    };
    for (const [index, name] of ["net1", "net2"].entries()) {
      const [ipv4, ipv6] = [`10.1.0.${(7 + index).toString()}`, `fd00:1::${(7 + index).toString()}`];
      assert.deepEqual([await via(ipv4, "10.1.0.99"), await via(ipv4, "192.0.2.1")], [name, name]);
      assert.deepEqual([await via(ipv6, "fd00:1::99"), await via(ipv6, "fd99::1")], [name, name]);
    }
    const told = async () =>
      kernelDifferences(both.interfaces, await readNetworkState(sandbox.netns, signal, netlink.run));
    assert.deepEqual(await told(), []);
    await inPod("route", "del", "default", "table", "1001");
    await inPod("-6", "rule", "del", "from", "fd00:1::7");
    assert.deepEqual(await told(), [
      "net1 lacks the rule from fd00:1::7 to table 1000",
      "net2 lacks the route to default by 10.1.0.1 in table 1001",
    ]);
  });

  test("the first interface's own subnet among the bypass CIDRs leaves the old gateway in reach", async () => {
    await inPod("link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
    for (const name of ["eth0", "peer0"]) await inPod("link", "set", name, "up");
    await inPod("addr", "add", "10.244.1.5/24", "dev", "eth0");
    await inPod("route", "add", "default", "via", "10.244.1.1");
    await wire({ bypassCidrs: ["10.244.1.0/24", "10.96.0.0/12"] });
    assert.match(await inPod("route", "get", "10.244.1.9"), /^10\.244\.1\.9 dev eth0 /, "still on the link");
    assert.match(await inPod("route", "get", "10.96.0.1"), /via 10\.244\.1\.1 dev eth0/);
  });

  test("CHECK finds no differences in a pod that was just wired, and later those that were made by hand", async () => {
    await wire();
    assert.deepEqual(kernelDifferences(interfaces, await readNetworkState(sandbox.netns, signal, netlink.run)), []);
    await inPod("addr", "del", "fd00:2::7/64", "dev", "net2");
    await inPod("link", "set", "net3", "down");
    assert.deepEqual(kernelDifferences(interfaces, await readNetworkState(sandbox.netns, signal, netlink.run)), [
      "net2 lacks the address fd00:2::7/64",
      "net3 is down",
      "net3 lacks the route to 172.30.0.0/16 by 10.3.0.254",
      "net3 lacks the route to 172.31.0.0/16",
    ]);
  });

  test("CHECK finds no differences when KubeVirt has bound a machine by a bridge, and those of the link that is left", async () => {
    await wire();
    const [first] = interfaces;
    assert.ok(first);
    const differences = async () =>
      kernelDifferences(interfaces, await readNetworkState(sandbox.netns, signal, netlink.run));
    await inPod("link", "set", "net1", "down");
    await inPod("addr", "flush", "dev", "net1");
    await inPod("link", "set", "net1", "name", "net1-nic", "address", "02:00:00:00:00:01");
    await inPod("link", "add", "k6t-net1", "type", "bridge");
    await inPod("link", "set", "net1-nic", "master", "k6t-net1");
    await inPod("link", "set", "net1-nic", "up");
    // It stands for the dummy that has the old name, MAC and addresses, which not every kernel has.
    await inPod("link", "add", "net1", "type", "bridge");
    await inPod("link", "set", "net1", "address", first.mac);
    for (const address of first.addresses) await inPod("addr", "add", address, "dev", "net1");
    assert.deepEqual(await differences(), []);
    await inPod("link", "set", "net1-nic", "down");
    assert.deepEqual(await differences(), ["net1-nic, which was net1, is down"]);
    await inPod("link", "set", "net1-nic", "nomaster");
    assert.ok((await differences()).length > 1, "a link of that name that nobody bound is none of ours");
  });

  test("checksums are complete when packets leave the pod, where OVS forwards in user space", async () => {
    await wire({ inUserSpace: true });
    for (const { name } of interfaces) {
      assert.match(await run(pod, "ethtool", "-k", name), /^tx-checksumming: off$/m);
    }
  });

  for (const inUserSpace of [false, true]) {
    const datapath = inUserSpace ? "a switch in user space" : "the kernel datapath";
    test(`with ${datapath} both limits of bandwidth are there, and go with their pair`, async () => {
      const bandwidth = { ingress: { rate: 10_000_000 }, egress: { rate: 20_000_000 } };
      const shaped = interfaces.map((one) => ({ ...one, bandwidth }));
      await wire({ inUserSpace }, { ...sandbox, interfaces: shaped });
      const hostNow = () => readNetworkState(undefined, signal, netlink.run);
      const differences = async () =>
        shapingDifferences(
          shaped,
          inUserSpace,
          await hostNow(),
          await readNetworkState(sandbox.netns, signal, netlink.run),
        );
      if (!inUserSpace) {
        assert.equal((await differences()).length, shaped.length, "nothing is led through the ifbs yet");
        const commands = leadCommands(hostNames, await hostNow());
        // Another agent may do it at the same time.
        await netlink.run([...commands, ...commands], { signal });
        const filters = await mustRun("tc", ["filter", "show", "dev", hostNames[0] ?? "", "parent", "ffff:"]);
        assert.equal(filters.match(/Egress Redirect to device ifb/g)?.length, 1);
      }
      assert.deepEqual(await differences(), []);
      assert.deepEqual(leadCommands(inUserSpace ? [] : hostNames, await hostNow()), []);
      await removePairs(hostNames, netlink.run);
      const left = new Set((await hostNow()).links.map(({ name }) => name));
      assert.deepEqual(
        hostNames.filter((name) => left.has(ifbName(name))),
        [],
      );
    });
  }

  test("of a wiring that fails no ifb is left", async () => {
    const shaped = interfaces.map((one) => ({ ...one, bandwidth: { ingress: { rate: 1e7 }, egress: { rate: 1e7 } } }));
    const [first] = shaped;
    assert.ok(first);
    const twice = {
      ...sandbox,
      interfaces: [...shaped, { ...first, name: "net9", hostName: `${first.hostName.slice(0, -1)}x`, mtu: 10 }],
    };
    await assert.rejects(wire({ inUserSpace: true }, twice), { code: "CommandFailed" });
    const left = (await readNetworkState(undefined, signal, netlink.run)).links.map(({ name }) => name);
    assert.deepEqual(
      hostNames.filter((name) => left.includes(ifbName(name)) || left.includes(name)),
      [],
    );
  });

  test("an interface name that the pod has already is an error that quotes the command, and no pair is left", async () => {
    await inPod("link", "add", "net3", "type", "veth", "peer", "name", "peer3");
    await assert.rejects(wire(), { code: "CommandFailed", message: /File exists.*pair ovn\w+ net3/ });
    assert.deepEqual(leftOver(), []);
    await inPod("link", "del", "net3");
  });

  test("a route that the first plugin gave the pod already is named with its interface, and no pair is left", async () => {
    await inPod("link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
    await inPod("link", "set", "peer0", "up");
    await inPod("addr", "add", "10.244.1.9/24", "dev", "eth0");
    await inPod("addr", "add", "fd00:244::9/64", "dev", "eth0", "nodad");
    await inPod("link", "set", "eth0", "up");
    await inPod("route", "add", "10.96.0.0/12", "via", "10.244.1.1");
    await inPod("-6", "route", "add", "fd00:96::/108", "via", "fd00:244::1");
    const [first, second] = podInterfaces(id, sampleResults, 1400);
    assert.ok(first && second);
    const withRoute = (one: PodInterface, dst: string, gw: string): Sandbox => {
      return { ...sandbox, interfaces: [{ ...one, defaultGateways: [], routes: [{ dst, gw }] }] };
    };
    const taken = (message: RegExp) => ({ code: "RouteTaken", message });
    await assert.rejects(
      wire({}, withRoute(first, "10.96.0.0/12", "10.1.0.1")),
      taken(/^the route 10\.96\.0\.0\/12 of net1 .* on eth0 via 10\.244\.1\.1; /),
    );
    await assert.rejects(
      wire({}, withRoute(second, "fd00:96::/108", "fd00:2::1")),
      taken(/^the route fd00:96::\/108 of net2 .* on eth0 via fd00:244::1; /),
    );
    assert.deepEqual(leftOver(), []);
    await wire({}, withRoute(first, "10.96.0.0/13", "10.1.0.1"));
  });

  test("a second ADD of a living sandbox fails and leaves the first as it is", async () => {
    await wire();
    await assert.rejects(wire(), { code: "CommandFailed" });
    assert.deepEqual(leftOver(), hostNames);
  });

  test("the error for a wrong address names the address (the predecessor reported a failed rename)", async () => {
    const [first] = interfaces;
    assert.ok(first);
    const wrong = { ...sandbox, interfaces: [{ ...first, addresses: ["10.1.0.7/99"] }] };
    await assert.rejects(wire({}, wrong), { code: "CommandFailed", message: /10\.1\.0\.7\/99/ });
    assert.deepEqual(leftOver(), [], "what the batch had made before is gone");
  });

  test("removing works twice, in part, and after the pod's namespace is gone", async () => {
    await wire();
    await removePairs(hostNames.slice(0, 1), netlink.run);
    assert.deepEqual(leftOver(), hostNames.slice(1));
    await removePairs(hostNames, netlink.run);
    await removePairs(hostNames, netlink.run);
    assert.deepEqual(leftOver(), []);
    await assert.rejects(inPod("link", "show", "net1"), /does not exist/);
  });

  test("a path that is no network namespace, or the host's own, is NetnsInvalid and nothing is made", async () => {
    for (const netns of ["/run/netns/none", "/etc/passwd", "/proc/self/ns/net"]) {
      await assert.rejects(wire({}, { ...sandbox, netns }), { code: "NetnsInvalid" }, netns);
    }
    assert.deepEqual(leftOver(), []);
  });

  test("an abort leaves nothing behind", async () => {
    const controller = new AbortController();
    const wiring = wireSandbox(sandbox, settings, controller.signal, netlink.run);
    setImmediate(() => {
      controller.abort();
    });
    await assert.rejects(wiring, { code: "Aborted" });
    assert.deepEqual(leftOver(), []);
  });
});
