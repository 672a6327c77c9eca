// A Tap from its manifest to what the nodes are asked for, and back to its status; and one of a ProviderNetwork to its copies.
// test/integration/cni/taps has more packets.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { type NodeTapStatus, nodeTapStatusSchema, ovnNodeSpecSchema } from "#src/api/node/node-taps.ts";
import { tapStatusSchema } from "#src/api/tap/tap-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { providerNetworks } from "#test/fixtures/kube/nodus-demos.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { attachTapKeeper, type TappedNode } from "#test/stacks/taps/attached-keeper.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() ||
  whyProgramsAreMissing([...chassisPrograms, "busybox", "nft"]) ||
  whyToolsAreMissing(controlPlaneTools);
const nodeSchema = z.object({ spec: ovnNodeSpecSchema.default({}) });
const tapSchema = z.object({ status: tapStatusSchema.default({}) });

describe("a tap of two pods on two nodes", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  const ports = new Map<string, string>();
  before(async () => {
    stack = owned.use(await DatapathStack.start([{ name: "lan", address: "172.30.10.109/24", vlan: 100 }]));
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([networkManifest("shop", { ipv4Subnets: [{ subnet: "10.44.0.0/24" }] })]);
    await kubectl.must(["wait", "network/shop", "--for=condition=Ready", "--timeout=60s"]);
    for (const { plan } of stack.fabric.hosts) await tell(plan.name, { encapIps: [plan.underlay] });
    await addPod("web-0", "n1", { name: "shop" });
    await addPod("web-1", "n2", { name: "shop" });
    await addPod("probe", "n2", { name: "shop", interface: "tap0", tap: "true" });
    await kubectl.apply([tap]);
  });
  after(() => owned.disposeAsync());

  const tap = {
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "Tap",
    metadata: { name: "web", namespace: "default" },
    spec: {
      sources: { podSelector: { matchLabels: { app: "web" } } },
      sink: { podSelector: { matchLabels: { app: "probe" } } },
    },
  };
  const kubectl = () => stack.admission.plane.kubectl;
  async function addPod(name: string, nodeName: string, asked: object): Promise<void> {
    const labels = { app: name.split("-")[0] ?? "" };
    const stored = await stack.admission.create(
      podManifest({ name, labels, annotations: request(asked), spec: { nodeName } }),
    );
    ports.set(name, resultOf(stored)[0]?.port ?? "");
  }
  /** Writes what the agent of a node would. */
  const tell = (node: string, status: object) =>
    kubectl().must([
      "patch",
      `ovnnode/${node}`,
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    ]);
  const askedOf = async (node: string) => nodeSchema.parse(await kubectl().get(["ovnnode", node])).spec.taps ?? [];
  const statusOf = async () => tapSchema.parse(await kubectl().get(["tap", "web"])).status;
  const port = (name: string): string => ports.get(name) ?? "none";

  it("asks each node for the ports of its own pods, and for a way to the sink's node", async () => {
    await until(
      async () => (await askedOf("n1")).length === 1 && (await askedOf("n2"))[0]?.sources.length === 1,
      30_000,
    );
    const [[first], [second]] = [await askedOf("n1"), await askedOf("n2")];
    const key = second?.sink.acceptedKey ?? 0;
    assert.deepEqual(first?.sources, [port("web-0")]);
    assert.deepEqual(first.sink, { remote: { address: stack.fabric.hosts[1]?.plan.underlay, key } });
    assert.deepEqual([second?.sources, second?.sink.port], [[port("web-1")], port("probe")]);
  });

  it("has a disabled port without an address for the sink, and a status of each source", async () => {
    const row = ["--bare", "--columns=enabled,addresses", "find", "logical_switch_port", `name=${port("probe")}`];
    assert.match(await stack.fabric.central.nbctl(...row), /^false\n0a:58:[0-9a-f:]+\n*$/);
    assert.equal((await statusOf()).columns?.sources, "0/2");
    const uid = (await askedOf("n1"))[0]?.uid ?? "";
    const active = (...sources: readonly string[]) =>
      nodeTapStatusSchema.parse({ uid, state: "Active", reason: "Mirrored", message: "", sources });
    await tell("n1", { taps: [active(port("web-0"))] });
    await tell("n2", { taps: [active(port("web-1"))] });
    await kubectl().must(["wait", "tap/web", "--for=condition=Ready", "--timeout=30s"]);
    const { columns } = await statusOf();
    assert.deepEqual(columns, { sources: "2/2", sink: "default/probe tap0 on n2" });
  });

  it("asks nobody for anything when it is gone", async () => {
    await kubectl().must(["delete", "tap/web", "--timeout=30s"]);
    await until(async () => (await askedOf("n1")).length + (await askedOf("n2")).length === 0, 30_000);
  });

  describe("of a ProviderNetwork", () => {
    const seen = [
      "table netdev seen {",
      "chain in { type filter hook ingress device net0 priority 0;",
      "ip protocol icmp counter",
      "}",
      "}",
    ].join("\n");
    const pings = 10;

    it("copies what a pod and a host outside send each other, into a sink on another node", async () => {
      const [first, second] = stack.fabric.hosts;
      const [network] = providerNetworks(wireDevice);
      assert.ok(first && second && network);
      await kubectl().apply([network]);
      await kubectl().must(["wait", "providernetwork/left-pnetwork", "--for=condition=Ready", "--timeout=60s"]);
      const onWire = { name: "left-pnetwork", interface: "net0" };
      const web = {
        name: "wired",
        labels: { app: "wired" },
        annotations: request({ ...onWire, ipAddress: "172.30.10.20" }),
      };
      await stack.addPod(web, first);
      const look = { name: "look", labels: { app: "look" }, annotations: request({ ...onWire, tap: "true" }) };
      await stack.addPod(look, second);
      for (const [{ chassis }, name] of [
        [first, "wired"],
        [second, "look"],
      ] as const) {
        await chassis.vsctl("set", "Interface", `${name}-0`, "external_ids:k8s.plugin.opnfv.org/owner=ovn4nfv");
      }
      await second.machine.must("ip", ["netns", "exec", "look", "nft", "-f", "-"], { input: seen });
      await kubectl().apply([
        {
          ...tap,
          metadata: { name: "wire", namespace: "default" },
          spec: { sources: { network: "left-pnetwork" }, sink: { podSelector: { matchLabels: { app: "look" } } } },
        },
      ]);
      await until(async () => (await askedOf("n1")).length + (await askedOf("n2")).length === 2, 30_000);
      const keepers = stack.fabric.hosts.map(attachTapKeeper);
      for (const { detach } of keepers) owned.defer(detach);
      await untilKept(keepers, ({ state }) => state === "Active");
      await kubectl().must(["wait", "tap/wire", "--for=condition=Ready", "--timeout=30s"]);
      // A busy machine loses single packets, and the first ones wait for the addresses of neighbours.
      await stack.untilTraffic(async () => {
        const before = await copies();
        const ping = ["ping", "-c", pings.toString(), "-i", "0.1", "-W", "5", "172.30.10.20"];
        const said = await stack.fabric.outside.onHost("lan", "busybox", ...ping).catch(() => "");
        return said.includes(`${pings} packets received`) && (await copies()) - before === 2 * pings;
      });
    });

    it("says which packets do not fit into the tunnel to the sink", async () => {
      await tell("n1", { mtu: 1442 });
      const path = "jsonpath={.status.conditions[0].reason}=LargePacketsMissing";
      await kubectl().must(["wait", "tap/wire", `--for=${path}`, "--timeout=30s"]);
      await kubectl().must(["wait", "tap/wire", "--for=condition=Ready", "--timeout=5s"]);
    });

    it("has used every right that only taps need", async () => {
      await kubectl().must(["delete", "tap/wire", "--timeout=30s"]);
      await assertRareRights(stack.admission.plane, "test/e2e/networks/taps.test.ts");
    });

    async function copies(): Promise<number> {
      const [, second] = stack.fabric.hosts;
      const text = await second?.machine.must("ip", [
        "netns",
        "exec",
        "look",
        "nft",
        "list",
        "table",
        "netdev",
        "seen",
      ]);
      return Number(/counter packets (\d+)/.exec(text ?? "")?.[1] ?? "0");
    }

    /** Plays the agents: their keepers learn what the nodes are asked for, and the nodes say what came of it. */
    async function untilKept(keepers: readonly TappedNode[], holds: (one: NodeTapStatus) => boolean): Promise<void> {
      for (const { host, keeper } of keepers) {
        const node = await kubectl().get(["ovnnode", host.plan.name]);
        keeper.nodeChanged(node as KubeObject);
        await until(() => keeper.taps?.every(holds) === true && keeper.taps.length > 0, 30_000);
        await tell(host.plan.name, { taps: keeper.taps });
      }
    }
  });
});
