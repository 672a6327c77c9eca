// Three nodes of which two carry the wire of a ProviderNetwork: where pods go, what they go through while parts of a node start
// anew, and addresses outside of running pods.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { wireLabel } from "#src/api/provider-network/wire-label.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { LabStack, labPodSpec, networkManifest, type PodObject, request } from "#test/stacks/lab/lab-stack.ts";
import { uplinkManifest } from "#test/stacks/network-stack.ts";
import { startEcho } from "#test/stacks/outside-echo.ts";

const wire = `ovn4nfv-${wireDevice}`;
/** The host outside, on VLAN 100. */
const peer = "172.16.33.200";
const replicas = 30;
const floating = 20;
const pings = 150;

const providerNetwork = {
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name: "wan", namespace: "default" },
  spec: {
    providerNetType: "VLAN",
    ipv4Subnets: [{ subnet: "172.16.33.0/24", excludeIps: "172.16.33.100..172.16.33.254" }],
    vlan: { vlanId: 100, providerInterfaceName: wireDevice, vlanNodeSelector: "all" },
  },
};

/** A program for a pod that answers with the pod's name and the address from which the question came. */
const server = [
  "/bin/busybox mkdir -p /tmp/cgi-bin",
  "printf '#!/bin/sh\\necho\\necho $(hostname) $REMOTE_ADDR\\n' > /tmp/cgi-bin/who",
  "/bin/busybox chmod +x /tmp/cgi-bin/who",
  "exec httpd -f -p 8080 -h /tmp",
].join("; ");

/** A program outside that asks such a pod. */
const ask =
  "let said = ''; const s = require('node:net').connect(8080, process.argv[1]); s.setTimeout(5000, () => s.destroy());" +
  "s.on('error', () => {}); s.on('data', (text) => (said += text)); s.write('GET /cgi-bin/who HTTP/1.0\\r\\n\\r\\n');" +
  "s.on('close', () => console.log(said.trim().split('\\n').at(-1)));";

function deployment(name: string, count: number, asked: object, command: readonly string[] = []): object {
  const container = { name: "main", image: busyboxImage, imagePullPolicy: "Never" };
  const containers = [command.length === 0 ? container : { ...container, command }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: count,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: request([asked]) },
        spec: { ...labPodSpec, containers },
      },
    },
  };
}

describe("three nodes of which two carry the wire", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start({ nodes: 3 });
    await cable(node(2), "down");
    await stack.apply(providerNetwork);
    const notAll = "--for=jsonpath={.status.columns.nodes}=2/3";
    await stack.kubectl("wait", notAll, "providernetwork/wan", "--timeout=120s");
    await untilLabelled("n1", "n2");
  });
  after(() => stack[Symbol.asyncDispose]());

  const node = (index: number): LabNode => {
    const found = stack.lab.nodes[index];
    assert.ok(found);
    return found;
  };
  const cable = ({ machine }: LabNode, state: "up" | "down") =>
    stack.lab.outside.machine.ip(`link set ${stack.lab.outside.portTo(machine)} ${state}`);
  const untilLabelled = (...names: readonly string[]) =>
    stack.eventually(async () => {
      const found = await stack.kubectl(
        "get",
        "nodes",
        "-l",
        wireLabel(wire),
        "-o",
        "jsonpath={.items[*].metadata.name}",
      );
      assert.deepEqual(found.split(" "), names);
    });
  const rolledOut = (name: string) => stack.kubectl("rollout", "status", `deployment/${name}`, "--timeout=120s");
  const phases = (pods: readonly PodObject[]) =>
    Object.groupBy(pods, ({ status: { phase } }) => phase) as Partial<Record<string, readonly PodObject[]>>;
  const nodesOf = (pods: readonly PodObject[]) => new Set(pods.map(({ spec }) => spec.nodeName));
  const first = async (on: string): Promise<PodObject> => {
    const found = (await stack.pods("app=wired")).find(({ spec }) => spec.nodeName === on);
    assert.ok(found, `no pod on ${on}`);
    return found;
  };

  it(`take ${replicas} pods of a Deployment on these two alone, and none hangs`, async (t) => {
    const began = performance.now();
    await stack.apply(deployment("wired", replicas, { name: "wan" }));
    await rolledOut("wired");
    t.diagnostic(`${replicas} pods are Ready after ${Math.round(performance.now() - began)} ms`);
    const pods = await stack.pods("app=wired");
    assert.equal(phases(pods)["Running"]?.length, replicas);
    assert.deepEqual([...nodesOf(pods)].sort(), ["n1", "n2"]);
    for (const { metadata } of pods) await stack.assertReaches(metadata.name, [peer]);
  });

  it("let new pods wait with an Event when the label is taken away, and keep those that run", async () => {
    const before = await stack.pods("app=wired");
    await stack.kubectl("cordon", "n1");
    await cable(node(1), "down");
    await untilLabelled("n1");
    await stack.kubectl("scale", "deployment/wired", `--replicas=${replicas + 3}`);
    await stack.eventually(async () => {
      const pending = phases(await stack.pods("app=wired"))["Pending"] ?? [];
      assert.equal(pending.length, 3);
      for (const { metadata } of pending) {
        const about = `--field-selector=involvedObject.name=${metadata.name},reason=WaitsForWire`;
        const told = await stack.kubectl("get", "events", about, "-o", "jsonpath={.items[*].message}");
        assert.match(told, new RegExp(`waits for a node with the wire ${wire}.* Nodes that carry it: n1;`));
      }
    });
    const running = phases(await stack.pods("app=wired"))["Running"] ?? [];
    const uids = (pods: readonly PodObject[]) => pods.map(({ metadata }) => metadata.uid).sort();
    assert.deepEqual(uids(running), uids(before));
    assert.ok(running.every(({ status }) => status.containerStatuses?.[0]?.restartCount === 0));
    await cable(node(1), "up");
    await rolledOut("wired");
    await stack.kubectl("uncordon", "n1");
    assert.deepEqual([...nodesOf(await stack.pods("app=wired"))].sort(), ["n1", "n2"]);
    await stack.kubectl("scale", "deployment/wired", "--replicas=6");
    await stack.eventually(async () => assert.equal((await stack.pods("app=wired")).length, 6));
  });

  it("lose no packet of a pod while the agent of its node starts anew", async (t) => {
    const { metadata } = await first("n1");
    const pinging = stack.script(metadata.name, `ping -c ${pings} -i 0.1 -W 10 ${peer}`);
    await stack.killAgent(node(0));
    await stack.rolledOut("daemonset/ovn4nfv-agent");
    const { stdout } = await pinging;
    t.diagnostic(stdout.trim().split("\n").at(-2) ?? "");
    assert.match(stdout, new RegExp(`${pings} packets transmitted, ${pings} packets received, 0% packet loss`));
  });

  it("forward again for the pods that run when Open vSwitch has started anew", async () => {
    const { metadata } = await first("n1");
    const { database, switchd } = node(0).chassis;
    await switchd.kill();
    await database.restart();
    await switchd.start();
    await stack.assertReaches(metadata.name, [peer]);
  });

  it("carry the wire again after a reboot, with the same addresses of the pods there", async (t) => {
    const before = await first("n1");
    const began = performance.now();
    await node(0).reboot();
    await stack.restarted(before.metadata.name);
    t.diagnostic(`a pod of the node is Ready ${Math.round(performance.now() - began)} ms after the power cut`);
    assert.deepEqual(await stack.result(before.metadata.name), resultOf(before));
    await stack.assertReaches(before.metadata.name, [peer]);
    await untilLabelled("n1", "n2");
    await rolledOut("wired");
    await stack.rolledOut("daemonset/ovn4nfv-agent", "deployment/ovn4nfv-webhook", "deployment/ovn4nfv-controller");
    const others = await stack.pods("app=wired");
    for (const { metadata } of others) await stack.assertReaches(metadata.name, [peer]);
    await stack.kubectl("delete", "deployment", "wired", "--cascade=foreground", "--timeout=120s");
  });

  it(`give ${floating} running pods an address outside each, by the gateway and by their own nodes`, async (t) => {
    await stack.apply(
      uplinkManifest("edge", {
        providerNetwork: "wan",
        addresses: ["172.16.33.100/24"],
        nodes: {},
        floating: {
          addresses: [`172.16.33.101..172.16.33.${100 + floating}`],
          allowedNamespaces: { names: ["default"] },
        },
      }),
      networkManifest("inside", {
        ipv4Subnets: [{ subnet: "10.77.0.0/24" }],
        routes: [{ dst: "172.16.33.0/24" }],
        uplink: "edge",
      }),
    );
    await stack.kubectl("wait", "--for=condition=Ready", "uplink/edge", "network/inside", "--timeout=60s");
    const asked = { name: "inside", externalIp: "auto" };
    const command = ["sh", "-c", server];
    const began = performance.now();
    await stack.apply(
      deployment("by-gateway", floating / 2, asked, command),
      deployment("by-node", floating / 2, { ...asked, distributed: "true" }, command),
    );
    await Promise.all(["by-gateway", "by-node"].map(rolledOut));
    t.diagnostic(`${floating} pods are Ready after ${Math.round(performance.now() - began)} ms`);
    const pods = await stack.pods("app in (by-gateway, by-node)");
    const addresses = await Promise.all(pods.map(outsideOf));
    assert.equal(new Set(addresses).size, floating);
    assert.equal((await rules()).length, floating);
    const byNode = pods.filter(({ metadata }) => metadata.labels?.["app"] === "by-node");
    assert.ok(!nodesOf(byNode).has("n3"), "n3 has no wire");
    await using _echo = await startEcho(stack.lab.outside.machine, "vlan100");
    for (const [index, { metadata }] of pods.entries()) {
      const address = addresses[index] ?? "";
      await stack.eventually(async () => {
        assert.equal(await askFromOutside(address), `${metadata.name} ${peer}`);
        const { stdout } = await stack.script(metadata.name, `wget -q -O - http://${peer}:8080/`);
        assert.equal(stdout, address);
      });
    }
    t.diagnostic(`each was reached and left after ${Math.round(performance.now() - began)} ms`);
  });

  it("leave no rule of these addresses when the pods are gone", async () => {
    await stack.kubectl("delete", "deployment", "by-gateway", "by-node", "--cascade=foreground", "--timeout=120s");
    await stack.eventually(async () => assert.deepEqual(await rules(), []));
    await stack.assertSettled();
    await stack.kubectl("delete", "network", "inside", "--timeout=60s");
    await stack.kubectl("delete", "uplink", "edge", "--timeout=60s");
    await stack.kubectl("delete", "providernetwork", "wan", "--timeout=60s");
  });

  const rules = async (): Promise<readonly string[]> => {
    const find = ["--bare", "--columns=external_ip", "find", "NAT", "type=dnat_and_snat"];
    return (await stack.lab.central.nbctl(...find)).split("\n").filter((line) => line !== "");
  };
  const outsideOf = async ({ metadata }: PodObject): Promise<string> => {
    const [only] = (await stack.result(metadata.name)) as readonly { readonly external_ip?: string }[];
    return only?.external_ip ?? "";
  };
  /** Asks the server behind an address from outside, and gives the last line of its answer. */
  const askFromOutside = async (address: string): Promise<string> => {
    const said = await stack.lab.outside.onHost("vlan100", process.execPath, "-e", ask, address);
    return said.trim().replaceAll(/\[|\]|::ffff:/g, "");
  };
});
