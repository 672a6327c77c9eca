// Chains that begin or end outside of the cluster: hosts on VLANs, two chassis that carry them, and functions on both. The
// objects of Nodus' demonstrations are tried in the same place.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { providerNetworkStatusSchema } from "#src/api/provider-network/provider-network-schema.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { DatapathStack, type Endpoint } from "#test/stacks/datapath/datapath-stack.ts";
import { countFlows, forgetFlows, seenFlows } from "#test/stacks/chains/seen-flows.ts";
import { type FlowPlan, flowsOf, sendFlows, startEcho } from "#test/stacks/chains/udp-flows.ts";
import { nodusChains, providerFunctions, providerNetworks, staticNetworks } from "#test/fixtures/kube/nodus-demos.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "nft"]) || whyToolsAreMissing(controlPlaneTools);

const host = "branch";
const senders = Array.from({ length: 64 }, (_, n) => `172.30.10.${100 + n}`);
const echo = "10.43.0.200";
const plan: FlowPlan = { from: senders, portsEach: 1, to: echo, rounds: 2 };
/** A host in the other VLAN. */
const beyond = "172.30.20.2";
const objectSchema = z.object({ status: providerNetworkStatusSchema.optional() });

describe("a chain from a provider network", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  const functions: Endpoint[] = [];
  before(async () => {
    stack = owned.use(
      await DatapathStack.start([
        { name: host, address: "172.30.10.100/24", vlan: 100 },
        { name: "datacenter", address: `${beyond}/24`, vlan: 200 },
      ]),
    );
    const more = senders.slice(1).map((address) => `addr add ${address}/24 dev eth0`);
    const { outside } = stack.fabric;
    await outside.machine.must("ip", ["-n", host, "-batch", "-"], { input: more.join("\n") });
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([
      networkManifest("right", { ipv4Subnets: [{ subnet: "10.43.0.0/24", excludeIps: "10.43.0.200" }] }),
      networkManifest("other", { ipv4Subnets: [{ subnet: "10.44.0.0/24", excludeIps: "10.44.0.200" }] }),
      ...providerNetworks(wireDevice),
    ]);
    const made = ["network/right", "network/other", "providernetwork/left-pnetwork", "providernetwork/right-pnetwork"];
    await kubectl.must(["wait", ...made, "--for=condition=Ready", "--timeout=60s"]);
    const [first, second] = stack.fabric.hosts;
    assert.ok(first && second);
    for (const [n, on] of [first, second].entries()) {
      const name = `fw-${n}`;
      // The last address of the network stays free for the router.
      const left = { name: "left-pnetwork", interface: "net0", ipAddress: `172.30.10.${10 + n}` };
      const annotations = request(left, { name: "right", interface: "net1" });
      const endpoint = await stack.addPod({ name, labels: { app: "fw" }, annotations }, on);
      await countFlows(on.machine, endpoint.name);
      functions.push(endpoint);
    }
    for (const [name, address, gateway] of [
      ["right", echo, "10.43.0.1"],
      ["other", "10.44.0.200", "10.44.0.1"],
    ] as const) {
      const machine = await stack.addMachine(`echo-${name}`, second, name, [address], gateway);
      await startEcho(second.machine, machine.name, address);
    }
  });
  after(() => owned.disposeAsync());

  const statusOf = async (name = "left-pnetwork") =>
    objectSchema.parse(await stack.admission.plane.kubectl.get(["providernetwork", name])).status;
  const routers = async (name?: string) => (await statusOf(name))?.routerAddresses ?? [];
  const untilChain = async (reason: string, name = "in") => {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await stack.admission.plane.kubectl.must(["wait", `networkchaining/${name}`, `--for=${path}`, "--timeout=60s"]);
    await stack.settle();
  };
  const chain = (onFailure: string) => ({
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "NetworkChaining",
    metadata: { name: "in", namespace: "default" },
    spec: {
      routingSpec: {
        networkChain: "app=fw",
        left: [{ networkName: "left-pnetwork", gatewayIp: "172.30.10.2", subnet: "172.30.10.0/24" }],
        right: [{ networkName: "right" }],
      },
      onFailure,
    },
  });
  const send = (more: Partial<FlowPlan> = {}) => sendFlows(stack.fabric.outside.machine, host, { ...plan, ...more });
  const seen = async () =>
    new Map(
      await Promise.all(
        functions.map(async ({ name, host: on }) => [name, await seenFlows(on.machine, name, echo)] as const),
      ),
    );
  /** Sends until each flow was answered, and gives by flow the functions that saw it there and back. */
  async function untilAnswered(): Promise<ReadonlyMap<string, { readonly there: string; readonly back: string }>> {
    for (const { name, host: on } of functions) await forgetFlows(on.machine, name);
    const through = async () => {
      const all = await seen();
      const by = (flow: string, direction: "forward" | "back") =>
        [...all].flatMap(([name, flows]) => (flows[direction].has(flow) ? [name] : [])).join();
      return new Map(flowsOf(plan).map((flow) => [flow, { there: by(flow, "forward"), back: by(flow, "back") }]));
    };
    await stack.untilTraffic(async () => {
      const { lost } = await send();
      return Object.values(lost).every(({ packets }) => packets < plan.rounds);
    });
    return through();
  }

  it("gets a port of the router on the nodes that carry the network, with an address that its status names", async () => {
    await stack.admission.plane.kubectl.apply([chain("Drop")]);
    await untilChain("Chained");
    await until(async () => (await routers()).join() === "172.30.10.254");
    const status = await statusOf();
    assert.deepEqual(
      status?.gatewayChassis,
      stack.fabric.hosts.map(({ plan: { name } }) => name),
    );
    const port = status.conditions?.find(({ type }) => type === "RouterPort");
    assert.deepEqual([port?.status, port?.reason], ["True", "Made"]);
  });

  it("sends each flow from outside to a pod through one function, and back through the same", async () => {
    const [router = ""] = await routers();
    const routes = ["10.43.0.0/24", "10.44.0.0/24"].map((to) => `route add ${to} via ${router}`);
    await stack.fabric.outside.machine.must("ip", ["-n", host, "-batch", "-"], { input: routes.join("\n") });
    const all = await untilAnswered();
    const used = new Set<string>();
    for (const [flow, { there, back }] of all) {
      assert.match(there, /^fw-[01]$/, flow);
      assert.equal(back, there, flow);
      used.add(there);
    }
    assert.deepEqual([...used].sort(), ["fw-0", "fw-1"]);
  });

  it("lets nothing from outside reach a network that no chain names", async () => {
    const { answered } = await send({ to: "10.44.0.200", rounds: 1 });
    assert.equal(answered, 0);
  });

  it("moves only the flows of a function that goes, drops all when none is left, and goes around when it may", async () => {
    const { kubectl } = stack.admission.plane;
    const before = await untilAnswered();
    await kubectl.must(["delete", "pod", "fw-1", "--timeout=60s"]);
    await until(async () => (await stack.fabric.central.nbctl("lr-policy-list", "ovn4nfv-master")).includes("/24"));
    await untilChain("Chained");
    const after = await untilAnswered();
    for (const [flow, { there }] of before)
      assert.equal(after.get(flow)?.back, there === "fw-1" ? "fw-0" : there, flow);
    await kubectl.must(["delete", "pod", "fw-0", "--timeout=60s"]);
    await untilChain("Dropped");
    assert.equal((await send({ rounds: 1 })).answered, 0);
    await kubectl.apply([chain("Bypass")]);
    await untilChain("Bypassed");
    await stack.untilTraffic(async () => (await send({ rounds: 1 })).answered === senders.length);
  });

  it("takes the port away with the last chain that names the network", async () => {
    await stack.admission.plane.kubectl.must(["delete", "networkchaining", "in"]);
    const list = (table: string) => stack.fabric.central.nbctl("--bare", "--columns=_uuid", "list", table);
    await until(async () => (await list("Logical_Router_Policy")).trim() === "");
    assert.equal((await list("HA_Chassis_Group")).trim(), "");
    await until(async () => (await routers()).length === 0);
    assert.equal(
      (await statusOf())?.conditions?.some(({ type }) => type === "RouterPort"),
      false,
    );
  });

  describe("with the objects of Nodus' demonstrations", () => {
    const applied = async (object: object, ...more: readonly string[]) => {
      const input = JSON.stringify(object);
      const { code, stderr } = await stack.admission.plane.kubectl.run(["apply", "-f", "-", ...more], { input });
      return { isTaken: code === 0, stderr };
    };
    before(async () => {
      const { isTaken, stderr } = await applied({ apiVersion: "v1", kind: "List", items: staticNetworks });
      assert.equal(isTaken, false);
      assert.match(stderr, /gateway "172.30.22.1\/" is no address: write 172.30.22.1, or 172.30.22.1\/24/);
      const text = JSON.stringify(staticNetworks).replace('172.30.22.1/"', '172.30.22.1"');
      await stack.admission.plane.kubectl.apply(JSON.parse(text) as object[]);
      const made = staticNetworks.map(({ metadata }) => `network/${(metadata as { name?: string }).name ?? ""}`);
      await stack.admission.plane.kubectl.must(["wait", ...made, "--for=condition=Ready", "--timeout=60s"]);
    });

    it("refuses a chain with two networks at one end, and says which of them to remove", async () => {
      const both = await applied(nodusChains.staticWithProvider);
      assert.equal(both.isTaken, false);
      assert.match(
        both.stderr,
        /remove networkName to chain virtual-net1, or remove net=virtual-net1 .* chain left-pnetwork/,
      );
      assert.match((await applied(nodusChains.dynamicWithProvider)).stderr, /remove networkName to chain my-subnet1/);
    });

    it("refuses the form of the example that comes with its definition, and says what to write", async () => {
      const { isTaken, stderr } = await applied(nodusChains.crdExample);
      assert.equal(isTaken, false);
      assert.match(stderr, /unknown field "spec.routingSpec.leftNetwork"/);
      const lenient = await applied(nodusChains.crdExample, "--validate=warn");
      assert.match(lenient.stderr, /"dync-net1" is no label; write net=dync-net1 for a network/);
    });

    it("makes the networks that a chain names and nobody has, and takes them away with it", async () => {
      const { kubectl } = stack.admission.plane;
      const names = ["my-subnet1", "dynamic-1", "dynamic-2", "my-subnet2"];
      const { isTaken, stderr } = await applied(nodusChains.dynamic);
      assert.ok(isTaken, stderr);
      assert.match(stderr, /spec.routingSpec.left: podSelector, namespaceSelector say nothing here/);
      await untilChain("Dropped", "example-dynamic");
      const subnets = await kubectl.must([
        "get",
        ...names.map((name) => `network/${name}`),
        "-o",
        "jsonpath={range .items[*]}{.spec.ipv4Subnets[*].subnet} {end}",
      ]);
      assert.deepEqual(subnets.trim().split(" "), ["10.60.0.0/24", "10.60.1.0/24", "10.60.2.0/24", "10.60.3.0/24"]);
      await kubectl.must(["delete", "networkchaining", "example-dynamic"]);
      await kubectl.must(["wait", ...names.map((name) => `network/${name}`), "--for=delete", "--timeout=60s"]);
    });

    it("carries traffic from outside to outside through all functions, and back", async () => {
      const { outside, hosts } = stack.fabric;
      const through: Endpoint[] = [];
      for (const [index, [name, on]] of providerFunctions.entries()) {
        const chassis = hosts[index % 2];
        assert.ok(chassis);
        const back = index === 0 ? [] : [`172.30.10.0/24 via ${index === 1 ? "172.30.33.1" : "172.30.44.1"}`];
        const there = index === 2 ? [] : [`172.30.20.0/24 via ${index === 0 ? "172.30.33.1" : "172.30.44.1"}`];
        through.push(await stack.addPodOn(name, chassis, on, [...back, ...there], { app: name }));
        await countFlows(chassis.machine, name);
      }
      const { isTaken, stderr } = await applied(nodusChains.provider);
      assert.ok(isTaken, stderr);
      await untilChain("Chained", "example-provider");
      // The functions set their routes themselves here. Nodus writes them into pods, and its manifests ask for none.
      const path = "jsonpath={.status.conditions[?(@.type=='RoutesAsked')].message}";
      const message = await stack.admission.plane.kubectl.must(["get", "networkchaining/example-provider", "-o", path]);
      assert.match(
        message,
        /pod slb asks for no route to 172.30.20.0\/24: write "routes": .* at its interface in dync-net1/,
      );
      await until(async () => (await routers()).length > 0 && (await routers("right-pnetwork")).length > 0);
      const [[left], [right]] = [await routers(), await routers("right-pnetwork")];
      await outside.onHost(host, "ip", "route", "add", "172.30.20.0/24", "via", left ?? "");
      await outside.onHost("datacenter", "ip", "route", "add", "172.30.10.0/24", "via", right ?? "");
      await startEcho(outside.machine, "datacenter", beyond);
      await stack.untilTraffic(async () => (await send({ to: beyond, rounds: 1 })).answered === senders.length);
      for (const { name, host: on } of through) {
        const { forward, back } = await seenFlows(on.machine, name, beyond);
        assert.deepEqual([forward.size, back.size], [senders.length, senders.length], name);
      }
      await stack.admission.plane.kubectl.must(["delete", "networkchaining", "example-provider"]);
      await assertRareRights(stack.admission.plane, "test/e2e/networks/provider-chains.test.ts");
    });
  });
});
