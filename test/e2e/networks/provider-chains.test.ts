// Chains that begin or end outside of the cluster: hosts on a VLAN, two chassis that carry it, and functions on both.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { providerNetworkStatusSchema } from "#src/api/provider-network/provider-network-schema.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { ChainStack, type Endpoint } from "#test/stacks/chains/chain-stack.ts";
import { countFlows, forgetFlows, seenFlows } from "#test/stacks/chains/seen-flows.ts";
import { type FlowPlan, flowsOf, sendFlows, startEcho } from "#test/stacks/chains/udp-flows.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "nft"]) || whyToolsAreMissing(controlPlaneTools);

const host = "branch";
const senders = Array.from({ length: 64 }, (_, n) => `172.30.10.${100 + n}`);
const echo = "10.43.0.200";
const plan: FlowPlan = { from: senders, portsEach: 1, to: echo, rounds: 2 };
const objectSchema = z.object({ status: providerNetworkStatusSchema.optional() });

describe("a chain from a provider network", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: ChainStack;
  const functions: Endpoint[] = [];
  before(async () => {
    stack = owned.use(await ChainStack.start([{ name: host, address: "172.30.10.100/24", vlan: 100 }]));
    const more = senders.slice(1).map((address) => `addr add ${address}/24 dev eth0`);
    const { outside } = stack.fabric;
    await outside.machine.must("ip", ["-n", host, "-batch", "-"], { input: more.join("\n") });
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([
      networkManifest("right", { ipv4Subnets: [{ subnet: "10.43.0.0/24", excludeIps: "10.43.0.200" }] }),
      networkManifest("other", { ipv4Subnets: [{ subnet: "10.44.0.0/24", excludeIps: "10.44.0.200" }] }),
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "ProviderNetwork",
        metadata: { name: "outside", namespace: "default" },
        spec: {
          providerNetType: "VLAN",
          ipv4Subnets: [
            {
              subnet: "172.30.10.0/24",
              gateway: "172.30.10.1",
              excludeIps: "172.30.10.2 172.30.10.100..172.30.10.200",
            },
          ],
          vlan: { vlanId: "100", providerInterfaceName: "eth2" },
        },
      },
    ]);
    const made = ["network/right", "network/other", "providernetwork/outside"];
    await kubectl.must(["wait", ...made, "--for=condition=Ready", "--timeout=60s"]);
    const [first, second] = stack.fabric.hosts;
    assert.ok(first && second);
    for (const [n, on] of [first, second].entries()) {
      const endpoint = await stack.addFunction(`fw-${n}`, on, ["outside", "right"], [], { app: "fw" });
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

  const statusOf = async () =>
    objectSchema.parse(await stack.admission.plane.kubectl.get(["providernetwork", "outside"])).status;
  const routers = async () => (await statusOf())?.routerAddresses ?? [];
  const untilChain = async (reason: string) => {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await stack.admission.plane.kubectl.must(["wait", "networkchaining/in", `--for=${path}`, "--timeout=60s"]);
    await stack.settle();
  };
  const chain = (onFailure: string) => ({
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "NetworkChaining",
    metadata: { name: "in", namespace: "default" },
    spec: {
      routingSpec: {
        networkChain: "app=fw",
        left: [{ networkName: "outside", gatewayIp: "172.30.10.2", subnet: "172.30.10.0/24" }],
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
  /** Sends until each flow came back through a function, and gives by flow the functions that saw it there and back. */
  async function untilAnswered(): Promise<ReadonlyMap<string, { readonly there: string; readonly back: string }>> {
    for (const { name, host: on } of functions) await forgetFlows(on.machine, name);
    const through = async () => {
      const all = await seen();
      const by = (flow: string, direction: "forward" | "back") =>
        [...all].flatMap(([name, flows]) => (flows[direction].has(flow) ? [name] : [])).join();
      return new Map(flowsOf(plan).map((flow) => [flow, { there: by(flow, "forward"), back: by(flow, "back") }]));
    };
    await until(async () => {
      await send();
      return [...(await through()).values()].every(({ back }) => back !== "");
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
    for (const { chassis } of stack.fabric.hosts) await chassis.forgetCachedFlows();
    await until(async () => (await send({ rounds: 1 })).answered === senders.length);
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
});
