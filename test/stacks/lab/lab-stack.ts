// The whole product in a cluster of two nodes, as an operator has it, and the things that people look at there.
import assert from "node:assert/strict";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { Lab, type LabOptions } from "#lab/cluster/lab.ts";
import { labAddOns } from "#lab/cluster/lab-add-ons.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { readNodeWiring, type ResultElement, resultOf, wiringFaults } from "#lab/cluster/node-wiring.ts";

export type PodObject = KubeObject & {
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
};

/** A link in a pod, as `ip -j addr` prints it. */
export interface PodLink {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
}

interface PodOptions {
  readonly interfaces?: readonly object[];
  readonly node?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The time that anything in the lab gets to reach its wanted state, on a busy machine. */
const patienceMs = 120_000;
const rollOutMs = 360_000;

export class LabStack implements AsyncDisposable {
  readonly lab: Lab;

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async start(options: LabOptions = {}): Promise<LabStack> {
    return new LabStack(await Lab.start({ addOns: labAddOns, ...options }));
  }

  get n1(): LabNode {
    return this.#node(0);
  }

  get n2(): LabNode {
    return this.#node(1);
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.lab.controlPlane.kubectl.must(args, { timeoutMs: patienceMs + 10_000 });
  }

  async apply(...objects: readonly object[]): Promise<void> {
    await this.lab.controlPlane.kubectl.apply(objects, { timeoutMs: patienceMs });
  }

  /** Makes Networks, and waits until pods may join them. */
  async addNetworks(networks: Readonly<Record<string, object>>): Promise<void> {
    const named = Object.entries(networks).map(([name, spec]) => networkManifest(name, spec));
    await this.apply(...named);
    const names = Object.keys(networks).map((name) => `network/${name}`);
    await this.kubectl("wait", "--for=condition=Ready", `--timeout=${patienceMs}ms`, ...names);
  }

  /** The networks that the tests of the lab use. */
  addLabNetworks(): Promise<void> {
    return this.addNetworks({
      plain: { ipv4Subnets: [{ subnet: "10.10.0.0/24" }] },
      dual: { ipv4Subnets: [{ subnet: "10.20.0.0/24" }], ipv6Subnets: [{ subnet: "fd20::/64" }] },
      routed: { ipv4Subnets: [{ subnet: "10.30.0.0/24" }] },
    });
  }

  async ready(...names: readonly string[]): Promise<void> {
    const pods = names.map((name) => `pod/${name}`);
    await this.kubectl("wait", "--for=condition=Ready", `--timeout=${patienceMs}ms`, ...pods);
  }

  /** Deletes those of the pods that are there, and waits until they are gone. */
  async remove(...names: readonly string[]): Promise<void> {
    await this.kubectl("delete", "pod", "--ignore-not-found", `--timeout=${patienceMs}ms`, ...names);
  }

  /** The pods of the namespace default, or of the one that is named. */
  async pods(selector = "", namespace = "default"): Promise<readonly PodObject[]> {
    const args = ["pods", `--namespace=${namespace}`, `--selector=${selector}`];
    return ((await this.lab.controlPlane.kubectl.get(args)) as { readonly items: readonly PodObject[] }).items;
  }

  async pod(name: string): Promise<PodObject> {
    return (await this.lab.controlPlane.kubectl.get(["pod", name])) as PodObject;
  }

  /** Waits until the pod's only container was restarted that often, or more often, and the pod is Ready. */
  async restarted(name: string, times = 1): Promise<void> {
    await this.eventually(async () => {
      const restarts = (await this.pod(name)).status.containerStatuses?.[0]?.restartCount ?? 0;
      assert.ok(restarts >= times, `${name} was restarted ${restarts} times`);
    });
    await this.ready(name);
  }

  async result(name: string): Promise<readonly ResultElement[]> {
    return resultOf(await this.pod(name));
  }

  /** Runs a script in a pod, whatever its exit code. */
  script(pod: string, text: string): Promise<CommandResult> {
    return this.lab.controlPlane.kubectl.run(["exec", pod, "--", "sh", "-c", text], { timeoutMs: patienceMs });
  }

  /** Waits until the pod reaches all addresses. The other node learns of a port some time after it is wired. */
  async assertReaches(pod: string, addresses: readonly string[]): Promise<void> {
    const { stdout, stderr } = await this.script(pod, reachAll(addresses));
    assert.equal(stdout + stderr, "", `${pod} does not reach them all`);
  }

  nodeOf({ spec }: PodObject): LabNode {
    const node = this.lab.nodes.find(({ plan }) => plan.name === spec.nodeName);
    assert.ok(node, `no node ${String(spec.nodeName)}`);
    return node;
  }

  /** Runs a program of the machine in the network namespace of a pod of ours. */
  async inPod(pod: PodObject, command: string, ...args: readonly string[]): Promise<string> {
    const node = this.nodeOf(pod);
    const pid = (await readNodeWiring(node)).running.get(await this.sandboxOf(pod));
    assert.ok(pid, `${pod.metadata.name} has no sandbox that runs`);
    return node.machine.must("nsenter", [`--net=/proc/${pid}/ns/net`, "--", command, ...args]);
  }

  /** The container id of the pod's sandbox, from our ports in it. */
  async sandboxOf(pod: PodObject): Promise<string> {
    const { ports } = await readNodeWiring(this.nodeOf(pod));
    const own = ports.find(({ ids }) => ids.get("iface-id") === resultOf(pod)[0]?.port);
    const sandbox = own?.ids.get("sandbox");
    assert.ok(sandbox, `${pod.metadata.name} is not wired`);
    return sandbox;
  }

  /** Kills the only container of a pod at once, as a crash does. The kubelet starts it again. */
  async killContainer(pod: PodObject): Promise<void> {
    await this.killTask(this.nodeOf(pod), containerOf(pod));
  }

  /** Kills a container or a sandbox at once. */
  async killTask(node: LabNode, id: string): Promise<void> {
    await node.machine.must("ctr", ["--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", id]);
  }

  async killAgent(node: LabNode): Promise<void> {
    const agents = await this.pods("app.kubernetes.io/name=ovn4nfv-agent", systemNamespace);
    const agent = agents.find(({ spec }) => spec.nodeName === node.plan.name);
    assert.ok(agent, `${node.plan.name} has no agent`);
    await this.killContainer(agent);
  }

  /**
   * Waits until these workloads of the installation, such as `daemonset/ovn4nfv-agent`, run as they should. After a fault the kubelet
   * may wait for minutes before it starts a container again.
   */
  async rolledOut(...names: readonly string[]): Promise<void> {
    const { kubectl } = this.lab.controlPlane;
    const status = ["rollout", "status", `--namespace=${systemNamespace}`, `--timeout=${rollOutMs}ms`];
    await Promise.all(names.map((name) => kubectl.must([...status, name], { timeoutMs: rollOutMs + 10_000 })));
  }

  async linksOf(pod: PodObject): Promise<readonly PodLink[]> {
    return JSON.parse(await this.inPod(pod, "ip", "-j", "addr")) as readonly PodLink[];
  }

  /** All differences between pods, NB and nodes. */
  async faults(): Promise<readonly string[]> {
    const items = await this.#allPods();
    const nb = await readNb([this.lab.central.nb]);
    const onNodes = this.lab.nodes.map(async (node) => {
      const own = items.filter(({ spec, status }) => {
        return spec.nodeName === node.plan.name && !["Succeeded", "Failed"].includes(status.phase);
      });
      const found = wiringFaults(own, await readNodeWiring(node));
      return found.map((fault) => `${node.plan.name}: ${fault}`);
    });
    const world = { pods: items, nb, claims: await this.#claims() };
    return [...violations(world, { nowMs: systemClock.now() }), ...(await Promise.all(onNodes)).flat()];
  }

  /** Waits until pods, NB and both nodes agree: no leaked port, no pod wired wrong. */
  async assertSettled(): Promise<void> {
    await this.eventually(async () => {
      assert.deepEqual(await this.faults(), []);
    });
  }

  /** Tries until it passes. Throws the last failure. */
  async eventually(attempt: () => Promise<void>, timeoutMs = patienceMs): Promise<void> {
    const limit = AbortSignal.timeout(timeoutMs);
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (limit.aborted) throw error;
      }
      await systemClock.sleep(300);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.stop();
  }

  async #allPods(): Promise<readonly PodObject[]> {
    return ((await this.lab.controlPlane.kubectl.get(["pods", "-A"])) as { readonly items: readonly PodObject[] })
      .items;
  }

  /** All IPAMClaims; undefined where the kind is not installed. */
  async #claims(): Promise<readonly KubeObject[] | undefined> {
    const { kubectl } = this.lab.controlPlane;
    const { code, stdout, stderr } = await kubectl.run(["get", "ipamclaims", "-A", "-o", "json"]);
    if (code === 0) return (JSON.parse(stdout) as { readonly items: readonly KubeObject[] }).items;
    assert.match(stderr, /the server doesn't have a resource type/);
    return undefined;
  }

  #node(index: number): LabNode {
    const node = this.lab.nodes[index];
    assert.ok(node);
    return node;
  }
}

/** The id of a pod's only container. */
export function containerOf({ status, metadata }: PodObject): string {
  const id = status.containerStatuses?.[0]?.containerID?.replace(/^containerd:\/\//, "");
  if (id === undefined || id === "") throw new Error(`${metadata.name} has no container`);
  return id;
}

/** A script for a pod. It prints the addresses from which no answer came in a minute. */
export function reachAll(addresses: readonly string[]): string {
  const ping = (address: string): string => {
    const once = `${address.includes(":") ? "ping6" : "ping"} -c1 -W1 ${address}`;
    // The script waits, because ping fails at once when there is no route.
    const again = `n=$((n+1)); [ $n -lt 60 ] || { echo ${address}; exit; }; sleep 0.2`;
    return `(n=0; until ${once} >/dev/null 2>&1; do ${again}; done) &`;
  };
  return `${addresses.map(ping).join("\n")}\nwait`;
}

/** A container that waits, on OVN networks. */
export function labPod(name: string, { interfaces, node, annotations = {}, labels = {} }: PodOptions = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, annotations: { ...request(interfaces), ...annotations } },
    spec: { ...labPodSpec, ...(node === undefined ? {} : { nodeName: node }) },
  };
}

export const labPodSpec = {
  terminationGracePeriodSeconds: 1,
  containers: [{ name: "main", image: busyboxImage, imagePullPolicy: "Never" }],
} as const;

/** The annotation that asks for interfaces. */
export function request(interfaces: readonly object[] | undefined): Readonly<Record<string, string>> {
  if (interfaces === undefined) return {};
  return { [annotationKeys.request.key]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
}

export function networkManifest(name: string, spec: object): object {
  return {
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "Network",
    metadata: { name },
    spec: { cniType: "ovn4nfv", ...spec },
  };
}
