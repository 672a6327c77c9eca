// Traces by the real ovn-trace, through flows that the real ovn-northd has made.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { readFlowHints } from "#src/commands/trace/flow-rows.ts";
import { microflow } from "#src/commands/trace/microflow.ts";
import { networkView } from "#src/commands/trace/network-view.ts";
import { runOvnTrace } from "#src/commands/trace/ovn-trace.ts";
import { findInterfaces, tracedInterfaces } from "#src/commands/trace/traced-interfaces.ts";
import { findWay } from "#src/commands/trace/pod-way.ts";
import { readTrace } from "#src/commands/trace/read-trace.ts";
import { flowsWithRows } from "#src/commands/trace/trace-story.ts";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { NbReading } from "#src/commands/nb-reading.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import type { PodStory } from "#src/view/contract/pod-story.ts";
import type { TraceAnswer } from "#src/view/contract/trace-answer.ts";
import type { ViewError } from "#src/view/contract/view-event.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { startView } from "#test/stacks/view/started-view.ts";
import {
  addChain,
  addMacBinding,
  addTracedNetworks,
  balance,
  dropInto,
  tracedPortName,
} from "#test/stacks/commands/traced-networks.ts";

const reportsSchema = z.tuple([
  z.object({
    packet: z.string(),
    steps: z.array(z.object({ where: z.string(), what: z.string(), by: z.string() })),
    end: z.string(),
    says: z.string(),
    notes: z.array(z.string()),
  }),
]);

function address(text: string): IpAddress {
  const ip = parseIp(text);
  assert.ok(ip);
  return ip;
}

describe("ovn4nfv trace", () => {
  const owned = new AsyncDisposableStack();
  let ovn: OvnCentral;
  before(async () => {
    const folder = owned.use(createTemporaryFolder("trace"));
    ovn = owned.use(await OvnCentral.start({ folder: folder.path }));
    await addTracedNetworks(ovn);
  });
  after(() => owned.disposeAsync());

  const run = (...args: readonly string[]) => {
    const databases = ["--nb", ovn.nb, "--sb", ovn.sb, "--kubeconfig", "none", "--log-level", "error"];
    return runCommandLine(["trace", ...databases, "--ovn-trace", ovnBinary("ovn-trace"), ...args]);
  };
  async function traced(...args: readonly string[]) {
    const { status, stdout, stderr } = await run(...args, "-o", "json");
    assert.equal(status, 0, stderr);
    return reportsSchema.parse(JSON.parse(stdout))[0];
  }

  it("tells how a packet is routed from one network into another, and who gets it", async () => {
    const { stdout } = await run("a", "b", "--proto", "tcp", "--port", "443");
    assert.match(stdout, /^default\/a net1 10\.1\.0\.2 > 10\.3\.0\.2, tcp port 443\n/);
    assert.match(stdout, /\nleft +default\/a net1 sends it to 10\.1\.0\.1, at 0a:58:0a:01:00:01 +Pod default\/a\n/);
    assert.match(stdout, /\novn4nfv-master +routed into right +-\n/);
    assert.match(stdout, /\ndelivered to default\/b net1\n/);
    assert.match(stdout, /note: no route of the pod leads to 10\.3\.0\.2 by net1/);
  });

  it("is told to the page of ovn4nfv view as to the terminal, and the pods beside it", async (t) => {
    const databases = ["--nb", ovn.nb, "--sb", ovn.sb, "--kubeconfig", "none", "--log-level", "error"];
    const page = await startView(t, [...databases, "--ovn-trace", ovnBinary("ovn-trace")]);
    const told = await page.ask<TraceAnswer>("/api/trace?from=default/a&to=default/b/net1&proto=tcp&port=443");
    assert.deepEqual(told, await traced("a", "b", "--proto", "tcp", "--port", "443"));
    const unknown = await page.ask<ViewError>("/api/trace?from=default/aa&to=default/b");
    assert.deepEqual([unknown.code, /no pod default\/aa has/.test(unknown.message)], ["ConfigInvalid", true]);
    const story = await page.ask<PodStory>("/api/pods/default/a");
    assert.deepEqual(story.ports?.[0]?.northbound?.network, "left");
    assert.deepEqual(story.unread, ["no cluster is read"]);
  });

  it("stays inside an isolated network, and says that nobody there has the address", async () => {
    assert.equal((await traced("a", "lonely")).says, "delivered to default/lonely net1");
    const { end, says } = await traced("a/net2", "b/net1");
    assert.equal(end, "dropped");
    assert.match(says, /^dropped by iso: nobody on the switch has the MAC address/);
  });

  it("goes through an uplink with its source translated, and names Network and Uplink", async () => {
    await addMacBinding(ovn, "rtoe-internet", "192.0.2.1", "0a:58:c0:00:02:01");
    const { steps, end, says } = await traced("a", "198.51.100.7", "--proto", "udp", "--port", "53");
    const nat = steps.find(({ what }) => what.startsWith("NAT"));
    assert.deepEqual(nat, {
      where: "ovn4nfv-gateway-internet",
      what: "NAT: the source becomes 192.0.2.5",
      by: "Network left, Uplink internet",
    });
    assert.deepEqual([end, says], ["wire", "leaves by the wire of outside, of Uplink internet"]);
  });

  it("leaves a provider network by its wire", async () => {
    const { end, says } = await traced("w", "10.6.0.77");
    assert.deepEqual([end, says], ["wire", "leaves by the wire of wired, of Network wired"]);
  });

  it("is answered by a router that is pinged, and dropped where a router has no route", async () => {
    assert.equal((await traced("a", "10.1.0.1")).end, "answered");
    const { says } = await traced("a", "203.0.113.9");
    assert.equal(says, "dropped by ovn4nfv-master: the router has no route to the destination");
  });

  it("names the load balancer's backends, and the ACL of somebody else that drops", async () => {
    await balance(ovn, "left", "10.1.0.200:80", "10.1.0.9:8080");
    const balanced = await traced("a", "10.1.0.200", "--proto", "tcp");
    assert.ok(balanced.steps.some(({ what }) => what === "load balancer: to one of 10.1.0.9:8080"));
    await dropInto(ovn, "right", tracedPortName("c", "net1"), "tcp.dst == 22");
    const { end, says } = await traced("a", "c", "--proto", "tcp", "--port", "22");
    assert.deepEqual([end, says], ["dropped", "dropped by right: an ACL of somebody else"]);
    assert.equal((await traced("a", "c", "--proto", "tcp", "--port", "23")).end, "delivered");
  });

  it("tells that a closed chain drops, then follows the packet through the pod of the chain", async () => {
    await addChain(ovn, "drop");
    const closed = await traced("a", "b");
    assert.equal(closed.says, "dropped by ovn4nfv-master: a router policy of NetworkChaining uid-chain");
    await addChain(ovn, "reroute");
    const { steps, says } = await traced("a", "b");
    assert.deepEqual(
      steps.slice(-2).map(({ what, by }) => [what, by]),
      [
        ["the chain sends it to its pod fw, 10.1.0.9", "NetworkChaining uid-chain"],
        ["default/fw net2 forwards it directly", "NetworkChaining uid-chain"],
      ],
    );
    assert.equal(says, "delivered to default/b net1");
  });

  it("finds the row of NB that a logical flow was made from", async () => {
    const endpoints = { leader: "prefer" as const, endpoints: [ovn.nb] };
    const sb = { ...endpoints, endpoints: [ovn.sb] };
    const parts = { clock: systemClock, logger: silentLogger };
    const call = { deadlineMs: systemClock.monotonicMs() + 10_000 };
    await using nb = await NbReading.open({ nb: endpoints, ...parts, tables: controllerTables }, call);
    const way = findWay(findInterfaces(tracedInterfaces(nb, undefined), "a/net1", "default"), address("10.3.0.2"), []);
    const command = [ovnBinary("ovn-trace")];
    const text = await runOvnTrace({ command, sb, ...parts }, microflow(way, { proto: "icmp", port: 0 }), call);
    const flows = flowsWithRows(readTrace(text));
    const { rowOf } = networkView(nb).stages(await readFlowHints({ sb, ...parts }, flows, call));
    const policy = flows.find(({ stage }) => stage === "lr_in_policy");
    assert.ok(policy);
    assert.deepEqual([rowOf(policy)?.table, rowOf(policy)?.row["priority"]], ["Logical_Router_Policy", 20_100]);
    assert.equal((await readFlowHints({ sb, ...parts }, [], call)).size, 0);
  });

  it("drops what a pod sends with an address that is not its own", async () => {
    await ovn.nbctl("lsp-set-port-security", tracedPortName("a", "net1"), "0a:58:0a:01:00:02 10.1.0.77");
    await ovn.settle();
    assert.match((await traced("a/net1", "fw")).says, /^dropped by left: port security: the interface may not send/);
  });

  it("says what is wrong with the words, and how they are meant to be", async () => {
    const lines: Readonly<Record<string, readonly [args: string, message: RegExp]>> = {
      pod: ["lonly b", /no pod default\/lonly has an interface .* did you mean "lonely"\?/],
      interface: ["a/net3 b", /the pod default\/a has no interface net3 of ours; did you mean "net1"\?/],
      namespace: ["shop/a b", /no pod shop\/a has an interface .* did you mean "default\/a"\?/],
      words: ["a/b/c/d b", /"a\/b\/c\/d" is not POD, POD\/INTERFACE/],
      family: ["a fd00::1", /none has an IPv6 address/],
    };
    for (const [args, message] of Object.values(lines)) {
      const { status, stderr } = await run(...args.split(" "));
      assert.equal(status, 2, args);
      assert.match(stderr, message);
    }
  });

  it("says where ovn-trace is to be had when this machine has none, and what it says when it fails", async () => {
    const without = await run("a", "b", "--ovn-trace", "no-such-ovn-trace");
    assert.equal(without.status, 2);
    assert.match(without.stderr, /no-such-ovn-trace is not on this machine: .*ovn-common.*--ovn-trace 'kubectl/);
    const { status, stderr } = await runCommandLine(["trace", "a", "b", "--nb", "", "--sb", ovn.sb]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /trace runs where it is typed, and this machine has no OVN: name both databases with --nb and --sb/,
    );
    const failing = await run("a", "b", "--ovn-trace", "sh -c exit");
    assert.equal(failing.status, 1);
  });
});
