// Pods on OVN networks get their interfaces, and reach each other.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import {
  type LabStack,
  labPod,
  labPodSpec,
  type PodLink,
  type PodObject,
  request,
} from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

interface NetworkStatus {
  /** The name of the definition, with its namespace. */
  readonly name: string;
  readonly interface: string;
  readonly mac: string;
  readonly ips: readonly string[];
}

const threeInterfaces = [
  { name: "plain" },
  { name: "dual", interface: "data" },
  { name: "routed", interface: "far", routes: [{ dst: "192.168.77.0/24", gw: "10.30.0.1" }] },
];

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "six" },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: "six" } },
    template: { metadata: { labels: { app: "six" }, annotations: request(threeInterfaces) }, spec: labPodSpec },
  },
};

const statusOf = ({ metadata }: PodObject): readonly NetworkStatus[] =>
  JSON.parse(metadata.annotations?.["k8s.v1.cni.cncf.io/network-status"] ?? "[]") as readonly NetworkStatus[];

const withoutMask = (address: string): string => address.replace(/\/.*/, "");

/** The addresses of a link, without those that the kernel makes by itself. */
function addressesOf({ addr_info: all }: PodLink): readonly string[] {
  return all.filter(({ scope }) => scope !== "link").map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

describe("pods on OVN networks", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
  });

  describe("a Deployment of 6 over two nodes with three OVN interfaces each", () => {
    let pods: readonly PodObject[] = [];
    before(async () => {
      const twoAddresses = (n: number) => [
        { name: "routed", interface: "far", ipAddress: [`10.30.0.${n}`, `10.30.0.${n + 1}`], routes: "" },
      ];
      const route = [{ dst: "192.168.78.0/24", gw: "10.30.0.1" }];
      const pair = (name: string, node: string, n: number): object =>
        labPod(name, { node, interfaces: twoAddresses(n).map((one) => ({ ...one, routes: route })) });
      // These come first. Otherwise the other pods might get the addresses for which these ask.
      await stack.apply(pair("pair-1", "n1", 201), pair("pair-2", "n2", 211));
      await stack.apply(deployment);
      await stack.kubectl("rollout", "status", "deployment/six", "--timeout=120s");
      await stack.ready("pair-1", "pair-2");
      pods = [...(await stack.pods("app=six")), await stack.pod("pair-1"), await stack.pod("pair-2")];
    });

    it("runs on both nodes, and pods, Northbound database and bridges agree on it", async () => {
      assert.deepEqual(new Set(pods.map(({ spec }) => spec.nodeName)), new Set(["n1", "n2"]));
      await stack.assertSettled();
    });

    it("has in each pod the MAC, addresses and routes that the annotation says", async () => {
      for (const pod of pods) {
        const links = await stack.linksOf(pod);
        for (const element of resultOf(pod)) {
          const link = links.find(({ ifname }) => ifname === element.interface);
          assert.ok(link, `${pod.metadata.name} has no ${element.interface}`);
          assert.equal(link.address, element.mac_address);
          assert.deepEqual([...addressesOf(link)].sort(), [...element.ip_address].sort());
        }
        const route = pod.metadata.name.startsWith("pair") ? "192.168.78.0/24" : "192.168.77.0/24";
        assert.match(await stack.inPod(pod, "ip", "route"), new RegExp(`^${route} via 10\\.30\\.0\\.1 dev far`, "m"));
      }
    });

    it("has every interface in the status that Multus writes", () => {
      for (const pod of pods) {
        const told = statusOf(pod).filter((status) => status.interface !== "eth0");
        const wanted = resultOf(pod).map((element) => ({
          interface: element.interface,
          mac: element.mac_address,
          ips: element.ip_address.map(withoutMask),
        }));
        assert.deepEqual(
          told.map(({ interface: name, mac, ips }) => ({ interface: name, mac, ips })),
          wanted,
        );
      }
    });

    it("reaches every pod from every pod on every network, across the nodes", async () => {
      const addresses = new Map(
        pods.map((pod) => [pod, resultOf(pod).map(({ network, ip_address: ips }) => ({ network, ips }))]),
      );
      const reach = async (pod: PodObject): Promise<void> => {
        const own = new Set(resultOf(pod).map(({ network }) => network));
        const others = pods.filter((other) => other !== pod).flatMap((other) => addresses.get(other) ?? []);
        const reachable = others.filter(({ network }) => own.has(network)).flatMap(({ ips }) => ips.map(withoutMask));
        assert.ok(reachable.length >= 8, `${pod.metadata.name} has ${reachable.length} addresses to reach`);
        await stack.assertReaches(pod.metadata.name, reachable);
      };
      for (const pod of pods) await reach(pod);
    });

    it("is held to its own addresses: what leaves under another one arrives nowhere", async () => {
      const [from, to] = [pods.find(onNode("n1")), pods.find(onNode("n2"))];
      assert.ok(from && to);
      const target = withoutMask(resultOf(to)[0]?.ip_address[0] ?? "");
      const own = withoutMask(resultOf(from)[0]?.ip_address[0] ?? "");
      const foreign = own === "10.10.0.250" ? "10.10.0.251" : "10.10.0.250";
      await stack.inPod(from, "ip", "addr", "add", `${foreign}/24`, "dev", resultOf(from)[0]?.interface ?? "");
      const arrivals = async (source: string): Promise<number> => {
        const before = await echoRequests(stack, to);
        await stack.script(from.metadata.name, `ping -c3 -i0.2 -W1 -I ${source} ${target}`);
        return (await echoRequests(stack, to)) - before;
      };
      assert.ok((await arrivals(own)) > 0);
      assert.equal(await arrivals(foreign), 0);
    });

    it("gives everything back when it is deleted", async () => {
      await stack.kubectl("delete", "deployment", "six", "--cascade=foreground", "--timeout=120s");
      await stack.remove("pair-1", "pair-2");
      await stack.assertSettled();
      assert.equal(
        (
          await stack.lab.central.nbctl(
            "--bare",
            "--columns=name",
            "find",
            "Logical_Switch_Port",
            `external_ids:k8s.plugin.opnfv.org/allocation!=""`,
          )
        ).trim(),
        "",
      );
    });
  });

  it("takes a pod's default route over an OVN network, and Services stay where they were", async () => {
    const served = labPod("served", { node: "n2", labels: { app: "served" } });
    const moved = labPod("moved", { node: "n1", interfaces: [{ name: "plain", defaultGateway: "true" }] });
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "served" },
      spec: { selector: { app: "served" }, ports: [{ port: 80, targetPort: 8080 }] },
    };
    await stack.apply(served, moved, service);
    await stack.ready("served", "moved");
    await stack.script("served", "echo hello > /tmp/index.html; httpd -p 8080 -h /tmp");
    const pod = await stack.pod("moved");
    assert.match(await stack.inPod(pod, "ip", "route", "show", "default"), /^default via 10\.10\.0\.1 dev net1 *\n$/);
    const { spec } = (await stack.lab.controlPlane.kubectl.get(["service", "served"])) as {
      readonly spec: { readonly clusterIP: string };
    };
    await stack.eventually(async () => {
      assert.equal((await stack.script("moved", `wget -qO- http://${spec.clusterIP}`)).stdout, "hello\n");
    });
    const node = stack.n1.plan.address;
    await stack.assertReaches("moved", [(await stack.pod("served")).status.podIP ?? "", "10.10.0.1", node]);
    await stack.remove("served", "moved");
  });

  it("7.3.23: pods of one name in two namespaces are wired apart, and one that goes leaves the other", async () => {
    const twin = (namespace: string): object => {
      const pod = labPod("twin", { node: "n1", interfaces: [{ name: "plain" }] }) as { readonly metadata: object };
      return { ...pod, metadata: { ...pod.metadata, namespace } };
    };
    const other = { apiVersion: "v1", kind: "Namespace", metadata: { name: "twins" } };
    await stack.apply(other);
    await stack.kubectl("wait", "--for=create", "serviceaccount/default", "--namespace=twins", "--timeout=90s");
    await stack.apply(twin("default"), twin("twins"));
    await stack.ready("twin");
    await stack.kubectl("wait", "--for=condition=Ready", "--timeout=120s", "--namespace=twins", "pod/twin");
    await stack.assertSettled();
    const [there] = await stack.pods("", "twins");
    assert.ok(there);
    await stack.remove("twin");
    await stack.assertSettled();
    await stack.inPod(there, "ip", "link", "show", "net1");
    await stack.kubectl("delete", "namespace", "twins", "--timeout=120s");
    await stack.assertSettled();
  });

  it("stands between bridge and macvlan definitions, with names given and left open", async () => {
    await stack.apply(
      definition("br", { type: "bridge", bridge: "brx", ipam: hostLocal("10.98.0.0/24") }),
      definition("mv", { type: "macvlan", master: "eth0", ipam: hostLocal("10.99.0.0/24") }),
    );
    const ours = "kube-system/ovn4nfv";
    const plain = { name: "plain" };
    const mixed: Readonly<Record<string, { selection: string; interfaces: readonly object[]; told: string }>> = {
      "mixed-added": {
        selection: "br, mv@m0",
        interfaces: [plain, { ...plain, interface: "data" }, plain],
        told: `default/br@net1 default/mv@m0 ${ours}@net2 ${ours}@data ${ours}@net3`,
      },
      "mixed-between": {
        selection: `br, mv@m0, ${ours}, mv, br@b0`,
        interfaces: [plain, { ...plain, interface: "data" }],
        told: `default/br@net1 default/mv@m0 ${ours}@net2 ${ours}@data default/mv@net4 default/br@b0`,
      },
    };
    const pods = Object.entries(mixed).map(([name, { selection, interfaces }]) =>
      labPod(name, { node: "n1", interfaces, annotations: { "k8s.v1.cni.cncf.io/networks": selection } }),
    );
    await stack.apply(...pods, labPod("peer", { node: "n2", interfaces: [plain] }));
    await stack.ready("peer", ...Object.keys(mixed));
    const peer = withoutMask((await stack.result("peer"))[0]?.ip_address[0] ?? "");
    for (const [name, { told }] of Object.entries(mixed)) {
      const pod = await stack.pod(name);
      const others = statusOf(pod).filter((status) => status.interface !== "eth0");
      assert.equal(others.map((status) => `${status.name}@${status.interface}`).join(" "), told);
      const links = (await stack.linksOf(pod)).map(({ ifname }) => ifname.replace(/@.*/, ""));
      assert.deepEqual(links.sort(), ["eth0", "lo", ...others.map((status) => status.interface)].sort());
      await stack.assertReaches(name, [peer]);
      // There are several interfaces on one network, and each answers with its own address.
      const own = resultOf(pod).flatMap(({ ip_address: all }) => all.map(withoutMask));
      await stack.assertReaches("peer", own);
    }
    await stack.remove("peer", ...Object.keys(mixed));
    await stack.assertSettled();
  });
});

const hostLocal = (subnet: string): object => ({ type: "host-local", subnet });

function definition(name: string, config: object): object {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name },
    spec: { config: JSON.stringify({ cniVersion: "1.0.0", ...config }) },
  };
}

function onNode(name: string): (pod: PodObject) => boolean {
  return ({ spec, metadata }) => spec.nodeName === name && metadata.name.startsWith("six");
}

/** The number of echo requests that have reached the pod. */
async function echoRequests(stack: LabStack, pod: PodObject): Promise<number> {
  const [names = "", values = ""] = (await stack.inPod(pod, "cat", "/proc/net/snmp")).match(/^Icmp: .*$/gm) ?? [];
  return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
}
