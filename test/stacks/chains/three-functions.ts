import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { chainStatusSchema, type ChainStatus } from "#src/api/chain/chain-schema.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { root } from "#tools/source-files.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { DatapathStack, type Endpoint } from "../datapath/datapath-stack.ts";
import { countFlows, forgetFlows, seenFlows, type SeenFlows } from "./seen-flows.ts";
import { type FlowPlan, flowsOf, sendFlows, startEcho } from "./udp-flows.ts";
import { type LeftEnd, networkWithMachines, type Sender } from "./left-end.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "nft"]) || whyToolsAreMissing(controlPlaneTools);

const program = `${root}/src/main.ts`;
const others = ["mid1", "mid2", "right"] as const;
const echo = "10.43.0.200";
const functionsOf = "app=a,net=mid1,app=b,net=mid2,app=c";
const objectSchema = z.object({ status: chainStatusSchema });

/**
 * Tests a chain from the left end to a network on a real datapath: packets go through pods in network namespaces, on two chassis.
 * Each of 64 addresses at the left end sends from `portsEach` ports. `more` adds tests that come last.
 */
export function testThreeFunctions(
  left: LeftEnd,
  portsEach: number,
  more: (stack: () => DatapathStack) => void = () => {},
): void {
  const networks = [left.network, ...others];
  const subnetOf = (index: number): string => (index === 0 ? left.prefix : `10.${40 + index}.0`);
  /** One address of each slice. */
  const senders = Array.from({ length: 64 }, (_, n) => `${left.prefix}.${100 + n}`);
  const plan: FlowPlan = { from: senders, portsEach, to: echo, rounds: 2 };
  describe(`a chain from ${left.words} of three functions with two pods each and ${senders.length * portsEach} flows`, {
    skip: whyNot,
  }, () => {
    const owned = new AsyncDisposableStack();
    let stack: DatapathStack;
    const functions = new Map<string, Endpoint>();
    let sender: Sender;
    before(async () => {
      stack = owned.use(await DatapathStack.start(left.outside));
      const { kubectl } = stack.admission.plane;
      const rest = others.map((name, index) => networkWithMachines(name, subnetOf(index + 1)));
      await kubectl.apply([left.manifest, ...rest]);
      const made = [`${left.kind}/${left.network}`, ...others.map((name) => `network/${name}`)];
      await kubectl.must(["wait", ...made, "--for=condition=Ready", "--timeout=60s"]);
      for (const [index, app] of ["a", "b", "c"].entries()) {
        for (const n of [0, 1]) await addFunction(`${app}-${n}`, index, n);
      }
      const [, second] = stack.fabric.hosts;
      assert.ok(second);
      sender = await left.addSender(stack, senders);
      const answering = await stack.addMachine("echo", second, "right", [echo], `${subnetOf(3)}.1`);
      await startEcho(second.machine, answering.name, echo);
      await kubectl.apply([chain("Drop")]);
      await untilReady("Chained");
      await left.leadTo(stack, "10.43.0.0/24");
      await untilSeen();
    });
    after(() => owned.disposeAsync());

    /** Function `index` stands between the networks `index` and `index + 1`, and knows the way to both ends. */
    async function addFunction(name: string, index: number, n: number): Promise<void> {
      const host = stack.fabric.hosts[n];
      assert.ok(host);
      const routes = [
        ...(index === 0 ? [] : [`${subnetOf(0)}.0/24 via ${subnetOf(index)}.1`]),
        ...(index === 2 ? [] : [`${subnetOf(3)}.0/24 via ${subnetOf(index + 1)}.1`]),
      ];
      const on = networks.slice(index, index + 2);
      const endpoint = await stack.addPodOn(name, host, on, routes, { app: name.slice(0, 1) });
      await countFlows(host.machine, name);
      functions.set(name, endpoint);
    }

    const chain = (onFailure: string) => ({
      apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
      kind: "NetworkChaining",
      // Nodus leaves this finalizer on its chains.
      metadata: { name: "three", namespace: "default", finalizers: ["nfnCleanUpNetworkChain"] },
      spec: {
        chainType: "Routing",
        routingSpec:
          left.kind === "network"
            ? { networkChain: `net=left,${functionsOf},net=right` }
            : { networkChain: functionsOf, left: [{ networkName: left.network }], right: [{ networkName: "right" }] },
        onFailure,
      },
    });
    const statusOf = async (): Promise<ChainStatus> =>
      objectSchema.parse(await stack.admission.plane.kubectl.get(["networkchaining", "three"])).status;
    const reasonOf = async (type: string): Promise<string | undefined> =>
      (await statusOf()).conditions?.find((one) => one.type === type)?.reason;
    async function untilReady(reason: string): Promise<void> {
      const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
      await stack.admission.plane.kubectl.must(["wait", "networkchaining/three", `--for=${path}`, "--timeout=60s"]);
      await stack.settle();
    }
    const untilPods = (hop: number, count: number) =>
      until(async () => (await statusOf()).hops?.[hop]?.pods.length === count);
    const send = (more: Partial<FlowPlan> = {}) => sendFlows(sender.machine, sender.name, { ...plan, ...more });
    /**
     * Sends until each flow had an answer, and gives everything that pods saw meanwhile: a flow that went another way once is
     * in it as well. A busy machine loses single packets, and the first ones wait for the addresses of neighbours.
     */
    async function untilSeen(): Promise<ReadonlyMap<string, SeenFlows>> {
      const answered = (all: ReadonlyMap<string, SeenFlows>) =>
        flowsOf(plan).every((flow) =>
          ["a", "c"].every((app) => podsOf(flow, all, "back").some((pod) => pod.startsWith(app))),
        );
      await forget();
      await stack.untilTraffic(async () => {
        await send();
        return answered(await seen());
      });
      return seen();
    }
    async function seen(): Promise<ReadonlyMap<string, SeenFlows>> {
      const all = [...functions.values()].map(
        async ({ name, host }) => [name, await seenFlows(host.machine, name, echo)] as const,
      );
      return new Map(await Promise.all(all));
    }
    /** The pod of each function that saw a flow, in both directions; none where it saw nothing. */
    function podsOf(flow: string, all: ReadonlyMap<string, SeenFlows>, direction: keyof SeenFlows): readonly string[] {
      return [...all].flatMap(([name, flows]) => (flows[direction].has(flow) ? [name] : [])).sort();
    }
    async function forget(): Promise<void> {
      for (const { name, host } of functions.values()) await forgetFlows(host.machine, name);
    }

    it("is Ready, and says which pod carries how many slices", async () => {
      const { hops, path } = await statusOf();
      assert.equal(path, `${left.network} > app=a (2) > mid1 > app=b (2) > mid2 > app=c (2) > right`);
      for (const { pods, slices } of hops ?? []) {
        assert.equal(slices, 64);
        assert.equal(
          pods.reduce((sum, pod) => sum + pod.slices, 0),
          64,
        );
        assert.ok(pods.every((pod) => pod.slices > 0));
      }
    });

    it("is shown by ovn4nfv chains, a line for each function", async () => {
      const { adminKubeconfig } = stack.admission.plane;
      const table = await mustRun(process.execPath, [program, "chains", "--kubeconfig", adminKubeconfig]);
      assert.match(table, /^NAMESPACE +CHAIN +READY +LEFT +FUNCTION +RIGHT +PODS WITH SLICES +PROBLEM\n/);
      assert.match(table, /\ndefault +three +True +mid1 +app=b +mid2 +b-0=\d+ b-1=\d+\n/);
    });

    // A trace ends where packets leave for hosts outside.
    if (left.kind === "network") {
      it("is followed by ovn4nfv trace through a pod of each function, which names the chain", async () => {
        const { nb, sb } = stack.fabric.central;
        const databases = ["--nb", nb, "--sb", sb, "--ovn-trace", ovnBinary("ovn-trace")];
        const { adminKubeconfig } = stack.admission.plane;
        const args = ["trace", "a-0/net0", echo, ...databases, "--kubeconfig", adminKubeconfig];
        const text = await mustRun(process.execPath, [program, ...args]);
        const [a, b, c] = ["a", "b", "c"].map((app) =>
          new RegExp(`the chain sends it to its pod (${app}-[01]), `).exec(text),
        );
        assert.ok(a && b && c && a.index < b.index && b.index < c.index, text);
        assert.match(text, new RegExp(`its pod ${b[1] ?? ""}, 10\\.41\\.0\\.\\d+ +NetworkChaining default/three\n`));
        assert.match(text, /\ndelivered to the port echo of somebody else\n/);
      });
    }

    it("sends each flow through all functions in order, and back through the same pods", async () => {
      const all = await untilSeen();
      const used = new Set<string>();
      for (const flow of flowsOf(plan)) {
        const pods = podsOf(flow, all, "forward");
        assert.deepEqual(
          pods.map((name) => name.slice(0, 1)),
          ["a", "b", "c"],
          `${flow}: ${pods.join()}`,
        );
        assert.deepEqual(podsOf(flow, all, "back"), pods, flow);
        // Each hop takes from the time to live, so that it tells the order.
        const there = pods.map((name) => all.get(name)?.forward.get(flow) ?? 0);
        const back = pods.map((name) => all.get(name)?.back.get(flow) ?? 0);
        assert.deepEqual(
          [...there].sort((a, b) => b - a),
          there,
          flow,
        );
        assert.deepEqual(
          [...back].sort((a, b) => a - b),
          back,
          flow,
        );
        for (const name of pods) used.add(name);
      }
      assert.deepEqual([...used].sort(), [...functions.keys()].sort(), "every pod carries some");
    });

    it("moves only the flows of a pod that goes, and the others lose nothing meanwhile", async (test) => {
      const before = await seen();
      await forget();
      const sending = send({ rounds: 40, betweenMs: 4 });
      await stack.admission.plane.kubectl.must(["delete", "pod", "b-1", "--timeout=60s"]);
      const { lost, sent } = await sending;
      const elsewhere = Object.entries(lost).filter(([flow]) => before.get("b-1")?.forward.has(flow) !== true);
      const count = elsewhere.reduce((sum, [, { packets }]) => sum + packets, 0);
      test.diagnostic(`flows of other pods lost ${count} of ${sent} packets that were sent in all`);
      // A path that breaks loses packets in a row. Single ones are lost by a machine that is busy.
      assert.deepEqual(
        elsewhere.filter(([, { inARow }]) => inARow > 10),
        [],
      );
      await untilPods(1, 1);
      await stack.settle();
      const all = await untilSeen();
      for (const flow of flowsOf(plan)) {
        const was = podsOf(flow, before, "forward");
        const wanted = was.map((name) => (name === "b-1" ? "b-0" : name));
        assert.deepEqual(podsOf(flow, all, "forward"), wanted, flow);
        assert.deepEqual(podsOf(flow, all, "back"), wanted, flow);
      }
    });

    it("drops the traffic when a function has no pod any more, and says so", async () => {
      await stack.admission.plane.kubectl.must(["delete", "pod", "b-0", "--timeout=60s"]);
      await untilReady("Dropped");
      assert.equal(await reasonOf("Degraded"), "NoReplica");
      const { answered } = await send({ portsEach: 1, rounds: 1 });
      assert.equal(answered, 0);
    });

    it("goes around the function when it may", async () => {
      await stack.admission.plane.kubectl.apply([chain("Bypass")]);
      await untilReady("Bypassed");
      assert.equal(await reasonOf("Degraded"), "NoReplica");
      const all = await untilSeen();
      for (const flow of flowsOf(plan)) {
        const pods = podsOf(flow, all, "forward");
        assert.deepEqual(
          pods.map((name) => name.slice(0, 1)),
          ["a", "c"],
          flow,
        );
        assert.deepEqual(podsOf(flow, all, "back"), pods, flow);
      }
    });

    it("is whole again when the function has a pod", async () => {
      await addFunction("b-2", 1, 0);
      await untilReady("Chained");
      assert.equal(await reasonOf("Degraded"), "Complete");
      const all = await untilSeen();
      for (const flow of flowsOf(plan)) assert.ok(podsOf(flow, all, "back").includes("b-2"), flow);
    });

    const securityOf = async (pod: string): Promise<readonly string[]> => {
      const find = ["find", "Logical_Switch_Port", `external_ids:k8s.plugin.opnfv.org/pod=${pod}`];
      const text = await stack.fabric.central.nbctl("--bare", "--columns=port_security", ...find);
      return text.split("\n").filter((line) => line !== "");
    };

    it("has ports that forward, which nobody takes for damaged", async () => {
      const security = await securityOf("a-0");
      assert.equal(security.length, 2);
      for (const text of security) assert.match(text, /^[0-9a-f:]{17}$/);
      assert.doesNotMatch(readFileSync(stack.controller.spec.logFile, "utf8"), /changed ports were written again/);
    });

    it("leaves nothing when it is deleted: no policy, and ports as they were", async () => {
      const { central } = stack.fabric;
      await stack.admission.plane.kubectl.must(["delete", "networkchaining", "three"]);
      const policies = () =>
        central.nbctl("--bare", "--columns=_uuid", "find", "Logical_Router_Policy", "priority>=19000");
      await until(async () => (await policies()).trim() === "");
      await until(async () =>
        (await securityOf("a-0")).every((text) => text.includes(` ${left.prefix}`) || text.includes(" 10.4")),
      );
      assert.doesNotMatch(await central.nbctl("list", "Logical_Switch_Port"), /forwards-for/);
    });
    more(() => stack);
  });
}
