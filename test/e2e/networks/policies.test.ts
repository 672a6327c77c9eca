// Network policies on a real datapath: pods in network namespaces on two chassis, which a peer sends to from before they exist.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { mustRun } from "#tools/process/command.ts";
import { root } from "#tools/source-files.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";
import { ConformanceWorld } from "#test/stacks/conformance/conformance-world.ts";
import { readSample } from "#test/stacks/conformance/cyclonus-cases.ts";
import { runCases } from "#test/stacks/conformance/run-cases.ts";
import { DatapathStack, type Endpoint } from "#test/stacks/datapath/datapath-stack.ts";
import { tracePacket } from "#test/stacks/datapath/traced-packet.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { testClosedNetworks } from "#test/stacks/policies/closed-networks.ts";
import { reached } from "#test/stacks/policies/reach.ts";
import { runPolicyChurn } from "#test/stacks/policies/run-churn.ts";
import { receivedPackets, sendOnce, startStream } from "#test/stacks/policies/udp-stream.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);

/** Soak runs this test with 200. */
const ports = Number(process.env["POLICY_PORTS"] ?? "20");
const address = (n: number): string => `10.60.${Math.floor(n / 250)}.${(n % 250) + 1}`;
const mac = (n: number): string =>
  `0a:60:00:00:${Math.floor(n / 250)
    .toString(16)
    .padStart(2, "0")}:${(n % 250).toString(16).padStart(2, "0")}`;
const numbers = (from: number): readonly number[] => Array.from({ length: ports }, (_, n) => from + n);

describe("network policies on pods", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let peer: Endpoint;
  before(async () => {
    stack = owned.use(await DatapathStack.start());
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([
      networkManifest("red", { ipv4Subnets: [{ subnet: "10.60.0.0/16", gateway: "10.60.255.1" }] }),
    ]);
    await kubectl.must(["wait", "network/red", "--for=condition=Ready", "--timeout=60s"]);
    peer = await addPod("peer", 1, { app: "peer" });
  });
  after(() => owned.disposeAsync());

  /** Pods stand on both chassis in turn. */
  const addPod = (
    name: string,
    n: number,
    labels: Readonly<Record<string, string>>,
    spec = {},
    namespace = "default",
  ) => {
    const on = stack.fabric.hosts[n % 2];
    assert.ok(on);
    const annotations = request({ name: "red", interface: "net0", ipAddress: address(n), macAddress: mac(n) });
    return stack.addPod({ name, namespace, labels, annotations, spec }, on);
  };
  const policy = (name: string, spec: object): object => ({
    apiVersion: "k8s.cni.cncf.io/v1beta2",
    kind: "MultiNetworkPolicy",
    metadata: { name, namespace: "default", annotations: { "k8s.v1.cni.cncf.io/policy-for": "red" } },
    spec,
  });
  const apply = (...objects: readonly object[]) => stack.admission.plane.kubectl.apply(objects);
  const groups = () => stack.fabric.central.nbctl("--columns=name,acls,external_ids", "list", "Port_Group");
  const policiesInNb = () => stack.fabric.central.nbctl("--bare", "--columns=external_ids", "list", "ACL");
  const acls = () => stack.fabric.central.nbctl("--bare", "--columns=match", "list", "ACL");
  const reaches = async (from: Endpoint, n: number, port = 80): Promise<boolean> =>
    (await reached(from.host.machine, from.name, [[address(n), port]])).every(Boolean);
  /** The peer needs no answer to send frames to an address. */
  async function knowNeighbours(all: readonly number[]): Promise<void> {
    const lines = all.map((n) => `neigh replace ${address(n)} lladdr ${mac(n)} dev net0 nud permanent`);
    await peer.host.machine.must("ip", ["-n", peer.name, "-batch", "-"], { input: lines.join("\n") });
  }
  const received = ({ name, host }: Endpoint): Promise<number> => receivedPackets(host.machine, name);

  it("begin with a CRD that comes after the controller, and follow the labels of a pod", async () => {
    const { administrator, kubectl } = stack.admission.plane;
    await administrator.apply(readManifests("deploy/components/multi-network-policy/crd.yaml"));
    await administrator.established("multi-networkpolicies.k8s.cni.cncf.io");
    await addPod("free", 2, { app: "free" });
    await stack.untilTraffic(() => reaches(peer, 2));
    await apply(policy("closed", { podSelector: { matchLabels: { app: "free" } } }));
    await stack.untilTraffic(async () => !(await reaches(peer, 2)));
    const { adminKubeconfig } = stack.admission.plane;
    const table = await mustRun(process.execPath, [`${root}/src/main.ts`, "policies", "--kubeconfig", adminKubeconfig]);
    assert.match(table, /\ndefault +closed +red +ingress +0 +free\n/);
    await kubectl.must(["label", "pod", "free", "app=open", "--overwrite"]);
    await stack.untilTraffic(() => reaches(peer, 2));
  });

  it("let not one packet through to a pod that is created under a policy which isolates it", async () => {
    const all = numbers(10);
    await apply(policy("silent", { podSelector: { matchLabels: { app: "silent" } } }));
    await until(async () => (await groups()).includes("silent"));
    await knowNeighbours(all);
    const stream = await startStream(peer.host.machine, peer.name, all.map(address));
    const pods: Endpoint[] = [];
    for (const n of all) pods.push(await addPod(`silent-${n}`, n, { app: "silent" }));
    await stack.settle();
    assert.deepEqual(
      await Promise.all(pods.map(received)),
      pods.map(() => 0),
    );
    // The packets were there all the time: they arrive as soon as the policy is gone.
    await stack.admission.plane.kubectl.must(["delete", "multi-networkpolicy", "silent"]);
    await stack.untilTraffic(async () => (await Promise.all(pods.map(received))).every((count) => count > 0));
    await stream.stop();
  });

  it("let the first packet through that a rule allows", async () => {
    const all = numbers(10 + ports);
    const from = [{ podSelector: { matchLabels: { app: "peer" } } }];
    await apply(policy("chosen", { podSelector: { matchLabels: { app: "chosen" } }, ingress: [{ from }] }));
    await until(async () => (await groups()).includes("chosen"));
    await knowNeighbours(all);
    const pods: Endpoint[] = [];
    for (const n of all) pods.push(await addPod(`chosen-${n}`, n, { app: "chosen" }));
    await stack.settle();
    await sendOnce(peer.host.machine, peer.name, all.map(address));
    const counts = await Promise.all(pods.map(received));
    // A busy machine may lose a few packets between two chassis.
    assert.ok(counts.filter((count) => count === 1).length >= pods.length - 3, counts.join());
  });

  it("are named by a trace of a packet that they drop, and of one that they allow", async () => {
    const chosen = `chosen-${10 + ports}`;
    const dropped = await tracePacket(stack, "free/net0", address(10 + ports), "--proto", "udp", "--port", "9000");
    assert.match(dropped, /^dropped by .*MultiNetworkPolicy default\/chosen$/m);
    const allowed = await tracePacket(stack, "peer/net0", address(10 + ports), "--proto", "udp", "--port", "9000");
    assert.match(allowed, /ACL allow-related: .* MultiNetworkPolicy default\/chosen,/);
    assert.match(allowed, new RegExp(`^delivered to default/${chosen} net0$`, "m"));
  });

  it("mean what NetworkPolicies mean: peers, namespaces, blocks, ports by number, range and name, and both directions", async () => {
    const { kubectl } = stack.admission.plane;
    await kubectl.must(["create", "namespace", "far"]);
    await kubectl.must(["label", "namespace", "far", "team=ops"]);
    const first = 200;
    const named = [{ name: "main", image: "registry.example/none", ports: [{ name: "sql", containerPort: 5432 }] }];
    const sources = [
      await addPod("near-web", first, { app: "web" }),
      await addPod("near-other", first + 1, { app: "other" }),
      await addPod("far-web", first + 2, { app: "web" }, {}, "far"),
    ];
    const cases = casesOf(address(first + 1));
    const subjects: Endpoint[] = [];
    for (const [index] of cases.entries()) {
      const labels = { case: String(index) };
      subjects.push(await addPod(`case-${index}`, first + 10 + index, labels, { containers: named }));
    }
    await apply(
      ...cases.map(({ spec }, index) =>
        policy(`case-${index}`, { podSelector: { matchLabels: { case: String(index) } }, ...spec }),
      ),
    );
    await until(async () => (await policiesInNb()).includes(`case-${cases.length - 1}`));
    await stack.settle();
    const tried = [80, 1_500, 5_432] as const;
    const targets = cases.flatMap((_, index) => tried.map((port) => [address(first + 10 + index), port] as const));
    const wanted = sources.map((_, from) => cases.flatMap(({ allows }) => tried.map((port) => allows(from, port))));
    await stack.untilTraffic(async () => {
      const seen = [];
      for (const { host, name } of sources) seen.push(await reached(host.machine, name, targets));
      return JSON.stringify(seen) === JSON.stringify(wanted);
    });
    // The subjects themselves may begin to talk where the policy says nothing about that.
    const sending = cases.map(({ sends = true }) => [sends]);
    await stack.untilTraffic(async () => {
      const outward = [];
      for (const { host, name } of subjects) outward.push(await reached(host.machine, name, [[address(first), 80]]));
      return JSON.stringify(outward) === JSON.stringify(sending);
    });
  });

  // `npm run soak -- policy-conformance` runs all cases.
  it("do what cyclonus says of a sample of its cases", async () => {
    await stack.admission.plane.kubectl.must(["delete", "multi-networkpolicy", "--all"]);
    await using world = await ConformanceWorld.start(stack, "red");
    const results = await runCases(stack, world, readSample());
    assert.deepEqual(
      results.flatMap(({ description, deviations }) => deviations.map((one) => `${description}: ${one}`)),
      [],
    );
  });

  // Soak runs this with 200 pods and 100 policies.
  it("end as a model says after many changes of policies, pods and namespaces at random", async () => {
    await runPolicyChurn(stack, { network: "red", seed: 18, pods: 12, policies: 10, changes: 60, pairs: 60 });
  });

  testClosedNetworks(() => stack);

  it("leave nothing behind when the last one is deleted", async () => {
    await stack.admission.plane.kubectl.must(["delete", "multi-networkpolicy", "--all"]);
    await until(async () => (await acls()).trim() === "" && (await groups()).trim() === "");
    await assertRareRights(stack.admission.plane, "test/e2e/networks/policies.test.ts");
  });
});

interface Case {
  readonly spec: object;
  /** True where a source (a web server near by, another pod near by, a web server in the namespace far) reaches a port. */
  readonly allows: (source: number, port: number) => boolean;
  /** False for a pod that may not send to the first source. */
  readonly sends?: boolean;
}

/** Policies with the meaning that the documentation of NetworkPolicy gives them; `other` is the address of the second source. */
function casesOf(other: string): readonly Case[] {
  const web = { matchLabels: { app: "web" } };
  const ops = { matchLabels: { team: "ops" } };
  const from = (...peers: readonly object[]) => ({ ingress: [{ from: peers }] });
  return [
    { spec: from({ podSelector: web }), allows: (source) => source === 0 },
    { spec: from({ namespaceSelector: ops }), allows: (source) => source === 2 },
    { spec: from({ namespaceSelector: {}, podSelector: web }), allows: (source) => source !== 1 },
    { spec: from({ namespaceSelector: ops }, { podSelector: {} }), allows: () => true },
    { spec: from({ ipBlock: { cidr: "10.60.0.0/16", except: [`${other}/32`] } }), allows: (source) => source !== 1 },
    { spec: { ingress: [{ ports: [{ port: 80 }] }] }, allows: (_, port) => port === 80 },
    { spec: { ingress: [{ ports: [{ port: 1_000, endPort: 2_000 }] }] }, allows: (_, port) => port === 1_500 },
    { spec: { ingress: [{ ports: [{ port: "sql" }] }] }, allows: (_, port) => port === 5_432 },
    { spec: { ingress: [{ ports: [{ protocol: "UDP" }] }] }, allows: () => false },
    {
      spec: { ingress: [{ from: [{ podSelector: web }], ports: [{ port: 80 }] }, { ports: [{ port: 5_432 }] }] },
      allows: (source, port) => (source === 0 && port === 80) || port === 5_432,
    },
    { spec: { policyTypes: ["Egress"] }, allows: () => true, sends: false },
    {
      spec: { policyTypes: ["Ingress", "Egress"], egress: [{ to: [{ podSelector: web }], ports: [{ port: 80 }] }] },
      allows: () => false,
    },
    {
      spec: { policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: `${other}/32` } }] }] },
      allows: () => true,
      sends: false,
    },
    // A peer that names nobody is a mistake. It isolates the pod and allows nothing.
    { spec: { ingress: [{ from: [{}] }] }, allows: () => false },
  ];
}
