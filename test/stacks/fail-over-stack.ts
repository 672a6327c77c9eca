// A gateway on two chassis, which are all that there is: Open vSwitch, ovn-controller and the agent of each node are real, and a
// host outside is on another wire than the tunnels.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { gatewayLeaseName, readTunnels, type TunnelState } from "#src/api/node/gateway-lease.ts";
import { uplinkStatusSchema } from "#src/api/uplink/uplink-schema.ts";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { compileProgram } from "#cni/compile.ts";
import { printKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { ovsSocket } from "#lab/machine/open-vswitch.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { until } from "#test/assertions/until.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { carryWire } from "./datapath/carried-wire.ts";
import { untilTraffic } from "./datapath/until-traffic.ts";
import { wirePod } from "./datapath/wired-pod.ts";
import { networkManifest, NetworkStack, uplinkManifest } from "./network-stack.ts";
import { productFile } from "#tools/build/product-file.ts";

const outside = "172.16.34.200";
const gateway = "172.16.34.100";
const uplink = "edge";
const account = "ovn4nfv-agent";
const nodes = ["n1", "n2"] as const;
export type GatewayNode = (typeof nodes)[number];

const uplinkSchema = z.object({ status: uplinkStatusSchema });
const leaseSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  spec: z.object({ renewTime: z.string() }).optional(),
});

export class FailOverStack implements AsyncDisposable {
  readonly networks: NetworkStack;
  readonly fabric: OvnFabric;
  controller: ManagedProcess;
  readonly #agents = new Map<GatewayNode, ManagedProcess>();
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: Pick<FailOverStack, "networks" | "fabric" | "controller">, owned: AsyncDisposableStack) {
    this.networks = parts.networks;
    this.fabric = parts.fabric;
    this.controller = parts.controller;
    this.#owned = owned;
  }

  /** When it resolves, the first node is the active one, pods of both nodes reach the host outside, and both agents speak. */
  static async start(): Promise<FailOverStack> {
    await using owned = new AsyncDisposableStack();
    let fabric: OvnFabric | undefined;
    const networks = owned.use(
      await NetworkStack.start(async (folder) => {
        fabric = await OvnFabric.start(folder, { outside: [{ name: "peer", address: `${outside}/24` }] });
        return { ovn: fabric.central, northdLog: join(folder, "ovn", "northd.log"), owner: fabric };
      }),
    );
    if (fabric === undefined) throw new Error("OVN was not started");
    const { administrator } = networks.plane;
    await administrator.apply(["deploy/crds/ovnnodes.yaml", "deploy/base/nodes.yaml"].flatMap(readManifests));
    await administrator.established("ovnnodes.k8s.plugin.opnfv.org");
    await compileProgram("ovn4nfv-netlink", networks.plane.folder);
    const controller = await networks.startController(
      { ...sampleTopology(false), gatewayChassis: [] },
      { sb: fabric.central.sb, "system-namespace": systemNamespace },
    );
    const stack = new FailOverStack({ networks, fabric, controller }, owned.move());
    try {
      await stack.#bringUp();
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    return stack;
  }

  host(name: GatewayNode): ChassisHost {
    const found = this.fabric.hosts.find(({ plan }) => plan.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  agent(name: GatewayNode): ManagedProcess {
    const found = this.#agents.get(name);
    if (found === undefined) throw new Error(`${name} has no agent`);
    return found;
  }

  /** Ends machine and agent of the node at once, as a power cut does. */
  async powerOff(name: GatewayNode): Promise<void> {
    await Promise.all([this.agent(name).kill(), this.host(name).powerOff()]);
  }

  /** Starts the machine, its agent and its pod. */
  async powerOn(name: GatewayNode): Promise<void> {
    await this.host(name).powerOn();
    await carryWire(this.host(name), "provider");
    await this.#addPod(name);
    await this.startAgent(name);
  }

  async startAgent(name: GatewayNode): Promise<void> {
    const { folder } = this.networks.plane;
    const ovs = `unix:${this.host(name).machine.pathOf(ovsSocket)}`;
    const agent = new ManagedProcess({
      name: `agent ${name}`,
      command: process.execPath,
      args: [
        productFile,
        "agent",
        `--kubeconfig=${this.#kubeconfigOf(name)}`,
        `--node-name=${name}`,
        `--ovs=${ovs}`,
        `--socket=${join(folder, name, "cni.sock")}`,
        `--netlink-file=${join(folder, "ovn4nfv-netlink")}`,
        `--token-public-key-files=${join(folder, "token.pub")}`,
        `--system-namespace=${systemNamespace}`,
        "--operations-listen=127.0.0.1:0",
      ],
      logFile: join(folder, `agent-${name}.log`),
      ready: untilLine(/"agent serving"/),
      stopTimeoutMs: 20_000,
    });
    this.#agents.set(name, agent);
    await agent.start();
  }

  /** True when a ping from the pod of the node to the host outside is answered. */
  async reaches(name: GatewayNode): Promise<boolean> {
    const { machine } = this.host(name);
    const ping = ["--", "busybox", "ping", "-c", "1", "-W", "1", outside];
    return (await machine.run("nsenter", ["--net=/run/netns/pod", ...ping])).code === 0;
  }

  /** Asks until the host outside answers the pod of the node. The error says what its agent said last. */
  async untilReaches(name: GatewayNode): Promise<void> {
    try {
      await untilTraffic(this.fabric.hosts, () => this.reaches(name));
    } catch (cause) {
      throw new Error(`${name} does not reach ${outside}: ${await this.#lastWordsOf(name)}`, { cause });
    }
  }

  async #lastWordsOf(name: GatewayNode): Promise<string> {
    const log = await readFile(join(this.networks.plane.folder, `agent-${name}.log`), "utf8");
    return log.split("\n").slice(-20).join("\n");
  }

  /** The number of answers to two questions for the gateway's MAC: two chassis that are active give four. */
  async answersOutside(): Promise<number> {
    const { machine } = this.fabric.outside;
    const ask = ["busybox", "arping", "-b", "-c", "2", "-w", "2", "-I", "eth0", gateway];
    const { stdout } = await machine.run("nsenter", ["--net=/run/netns/peer", "--", ...ask]);
    return Number(/Received (\d+)/.exec(stdout)?.[1] ?? 0);
  }

  /** The reason of the condition Redundant of the Uplink. */
  async redundancy(): Promise<string | undefined> {
    const { conditions = [] } = uplinkSchema.parse(await this.networks.plane.kubectl.get(["uplink", uplink])).status;
    return conditions.find(({ type }) => type === "Redundant")?.reason;
  }

  async lease(name: GatewayNode): Promise<{ readonly renewTime: string; readonly tunnel: TunnelState | undefined }> {
    const get = ["lease", gatewayLeaseName(name), `-n${systemNamespace}`];
    const { metadata, spec } = leaseSchema.parse(await this.networks.plane.kubectl.get(get));
    const peer = nodes.find((one) => one !== name) ?? "";
    return { renewTime: spec?.renewTime ?? "", tunnel: readTunnels(metadata.annotations)[peer] };
  }

  /** The chassis in the group of the gateway. One that leaves it at this moment has an empty name. */
  async members(): Promise<readonly string[]> {
    const ids = ["--bare", "--columns=ha_chassis", "find", "HA_Chassis_Group", `name=ovn4nfv-gateway-${uplink}`];
    const uuids = (await this.networks.ovn.nbctl(...ids)).trim().split(/\s+/);
    const names = uuids.map((uuid) =>
      this.networks.ovn.nbctl("--bare", "--if-exists", "get", "HA_Chassis", uuid, "chassis_name"),
    );
    return (await Promise.all(names)).map((name) => name.trim().replaceAll('"', "")).sort();
  }

  /** The number of the last question to all ovn-controllers. */
  async asked(): Promise<number> {
    return Number(await this.networks.ovn.nbctl("get", "NB_Global", ".", "nb_cfg"));
  }

  /** A client with the token of the node's agent. */
  clientOf(name: string): ClosingClient {
    const config = loadKubeConfig({ path: this.#kubeconfigOf(name) });
    return new ClosingClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "e2e/1" });
  }

  /** The same of another node, which has neither machine nor agent. */
  async stolen(name: string): Promise<ClosingClient> {
    await this.networks.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name } }]);
    await this.#writeKubeconfig(name);
    return this.clientOf(name);
  }

  #kubeconfigOf(name: string): string {
    return join(this.networks.plane.folder, `agent-${name}.kubeconfig`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.kill()));
    await this.#owned.disposeAsync();
  }

  async #bringUp(): Promise<void> {
    const { kubectl } = this.networks.plane;
    await kubectl.apply([
      ...nodes.map((name) => {
        return { apiVersion: "v1", kind: "Node", metadata: { name, labels: { [nodeKeys.gateway.key]: "" } } };
      }),
      uplinkManifest(uplink, { physicalNetwork: "provider", addresses: [`${gateway}/24`], nextHops: [outside] }),
      networkManifest("blue", { ipv4Subnets: [{ subnet: "10.10.0.0/24" }], snat: true, uplink }),
    ]);
    for (const name of nodes) {
      await carryWire(this.host(name), "provider");
      await this.#writeKubeconfig(name);
      await this.startAgent(name);
    }
    await this.networks.untilReason("blue", "Created");
    for (const name of nodes) await this.#addPod(name);
    await until(async () => (await this.redundancy()) === "BothMembers");
    for (const name of nodes) await this.untilReaches(name);
    // The agent makes the Lease when it has read that its node is one of a pair.
    const tunnelOf = async (name: GatewayNode) => (await this.lease(name).catch(() => undefined))?.tunnel;
    for (const name of nodes) await until(async () => (await tunnelOf(name)) === "up");
  }

  /** A token of a pod of the agents on the node, as its kubelet asks for it. */
  async #writeKubeconfig(name: string): Promise<void> {
    const { kubectl, server, authority } = this.networks.plane;
    const metadata = { name: `agent-${name}`, namespace: systemNamespace };
    const containers = [{ name: "agent", image: "ovn4nfv" }];
    const spec = { nodeName: name, serviceAccountName: account, automountServiceAccountToken: false, containers };
    await kubectl.apply([{ apiVersion: "v1", kind: "Pod", metadata, spec }]);
    const bound = ["--bound-object-kind=Pod", `--bound-object-name=${metadata.name}`];
    const token = (await kubectl.must(["create", "token", account, `-n${systemNamespace}`, ...bound])).trim();
    await writeFile(this.#kubeconfigOf(name), printKubeconfig(server, authority.certificate, { token }), {
      mode: 0o600,
    });
  }

  /** Adds the port of a pod, as the webhook and the agent would make it. */
  async #addPod(name: GatewayNode): Promise<void> {
    const last = nodes.indexOf(name) + 10;
    const [port, mac] = [`blue-${name}`, `0a:58:0a:0a:00:${last.toString(16).padStart(2, "0")}`];
    const address = `10.10.0.${last}`;
    const addresses = ["--", "lsp-set-addresses", port, `${mac} ${address}`];
    await this.networks.ovn.nbctl("--may-exist", "lsp-add", "blue", port, ...addresses);
    const wired = { device: port, name: "net1", port, version: "", mac, ips: [`${address}/24`] };
    await wirePod(this.host(name), "pod", [wired], ["default via 10.10.0.1"]);
  }
}

class ClosingClient extends HttpsApiClient implements Disposable {
  [Symbol.dispose](): void {
    this.close();
  }
}
