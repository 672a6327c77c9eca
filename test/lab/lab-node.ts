import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Cgroup } from "./cgroup.ts";
import { Chassis } from "./chassis.ts";
import type { ControlPlane } from "./control-plane.ts";
import { printKubeconfig } from "./kubeconfig.ts";
import { labPlan, nodeLinks, type NodePlan, plugLinks } from "./lab-plan.ts";
import { Machine } from "./machine.ts";
import { bridgeConfig, containerdConfig, kubeletConfig, nodePaths, proxyConfig } from "./node-config.ts";
import { findProgram } from "./packages.ts";
import type { ManagedProcess } from "./process.ts";
import { untilLine } from "./readiness.ts";
import type { ToolPaths } from "./tool-cache.ts";

/** CNI plugins that every node has. */
export const cniPluginTools = ["bridge", "host-local", "loopback", "macvlan", "ptp", "static"] as const;

/** The programs of a node that are built. */
export const nodeTools = ["kubelet", "kube-proxy", ...cniPluginTools] as const;

export const cgroupPrefix = "ovn4nfv-lab-";

interface LabNodeSetup {
  readonly plan: NodePlan;
  readonly folder: string;
  /** The machine in the middle, which has the bridges. */
  readonly center: Machine;
  readonly controlPlane: ControlPlane;
  readonly tools: ToolPaths<(typeof nodeTools)[number]>;
  /** Archives of container images, on this machine's disk. */
  readonly images: readonly string[];
}

type Part = "containerd" | "kubelet" | "kube-proxy";

/** A node: a machine with a chassis, containerd, kubelet, kube-proxy, and the bridge plugin for the first interface. */
export class LabNode {
  readonly plan: NodePlan;
  readonly machine: Machine;
  readonly #setup: LabNodeSetup;
  readonly #cgroup: Cgroup;
  readonly #parts = new Map<Part, ManagedProcess>();
  #chassis: Chassis | undefined;

  constructor(setup: LabNodeSetup) {
    this.#setup = setup;
    this.plan = setup.plan;
    this.machine = new Machine(setup.plan.name, setup.folder);
    this.#cgroup = new Cgroup(`${cgroupPrefix}${setup.plan.name}`);
  }

  /** Starts machine, links and chassis. The API server need not run yet. */
  async powerOn(): Promise<void> {
    this.#cgroup.create();
    await this.machine.start();
    await this.#setup.center.ip(...plugLinks(this.plan, this.machine.pid));
    await this.machine.ip(...nodeLinks(this.plan));
    await this.machine.must("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    this.#chassis = await Chassis.start({
      machine: this.machine,
      southbound: labPlan.southbound,
      underlay: { device: "eth1", address: `${this.plan.underlay}/${labPlan.prefixLength}` },
    });
  }

  /** Starts containerd and imports the images. */
  async startRuntime(): Promise<void> {
    this.write(nodePaths.containerdConfig, containerdConfig());
    this.write(join(nodePaths.cniConfigFolder, "10-lab.conflist"), JSON.stringify(bridgeConfig(this.plan)));
    for (const name of cniPluginTools) this.installPlugin(this.#setup.tools[name]);
    await this.#start(
      "containerd",
      findProgram("containerd") ?? "containerd",
      [],
      untilLine(/containerd successfully booted/),
    );
    this.#cgroup.adopt(this.part("containerd").pid);
    for (const image of this.#setup.images) await this.importImage(image);
  }

  /** Starts kubelet and kube-proxy, which needs the API server. */
  async join(): Promise<void> {
    const { controlPlane, tools } = this.#setup;
    const { authority, server } = controlPlane;
    const { name, address } = this.plan;
    const pair = await authority.issue({
      commonName: `system:node:${name}`,
      organizations: ["system:nodes"],
      dnsNames: [name],
      addresses: [address],
    });
    const proxy = await authority.issue({ commonName: "system:kube-proxy" });
    this.write(nodePaths.authority, authority.certificate);
    this.write(nodePaths.certificate, pair.certificate);
    this.write(nodePaths.key, pair.key);
    this.write(nodePaths.kubeletKubeconfig, printKubeconfig(server, authority.certificate, pair));
    this.write(nodePaths.proxyKubeconfig, printKubeconfig(server, authority.certificate, proxy));
    this.write(nodePaths.kubeletConfig, JSON.stringify(kubeletConfig(`/${this.#cgroup.name}`)));
    this.write(nodePaths.proxyConfig, JSON.stringify(proxyConfig(this.plan)));
    await this.#start("kubelet", tools.kubelet, [
      `--config=${nodePaths.kubeletConfig}`,
      `--kubeconfig=${nodePaths.kubeletKubeconfig}`,
      `--hostname-override=${name}`,
      `--node-ip=${address}`,
    ]);
    await this.#start("kube-proxy", tools["kube-proxy"], [`--config=${nodePaths.proxyConfig}`]);
  }

  get chassis(): Chassis {
    if (this.#chassis === undefined) throw new Error(`node ${this.plan.name} is off`);
    return this.#chassis;
  }

  /** A program of the node, to be frozen, killed or restarted. */
  part(name: Part): ManagedProcess {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`${name} does not run on ${this.plan.name}`);
    return part;
  }

  /** Writes a file of the node, seen by its programs at `path`. */
  write(path: string, content: string): void {
    const seen = this.machine.pathOf(path);
    mkdirSync(dirname(seen), { recursive: true });
    writeFileSync(seen, content, { mode: 0o600 });
  }

  /** Puts an executable among the CNI plugins. */
  installPlugin(file: string, name: string = basename(file)): void {
    const folder = this.machine.pathOf(nodePaths.cniPluginFolder);
    mkdirSync(folder, { recursive: true });
    cpSync(file, join(folder, name));
  }

  /** Makes the image of an archive known to the kubelet. */
  async importImage(archive: string): Promise<void> {
    await this.machine.must("ctr", ["--namespace=k8s.io", "images", "import", archive]);
  }

  /** Ends everything on the node at once, as a power cut does. Its disk stays. */
  async powerOff(): Promise<void> {
    const processes = [...this.#parts.values()];
    if (this.#chassis !== undefined)
      processes.push(this.#chassis.controller, this.#chassis.switchd, this.#chassis.database);
    await Promise.all(processes.map((process) => process.kill()));
    await this.#cgroup.destroy();
    await this.machine.stop();
    this.#parts.clear();
    this.#chassis = undefined;
  }

  /** Power cut, then a start from the same disk. */
  async reboot(): Promise<void> {
    await this.powerOff();
    await this.powerOn();
    await this.startRuntime();
    await this.join();
  }

  async #start(
    name: Part,
    command: string,
    args: readonly string[],
    ready?: ReturnType<typeof untilLine>,
  ): Promise<void> {
    const process = this.machine.process({ name, command, args, ...(ready === undefined ? {} : { ready }) });
    this.#parts.set(name, process);
    await process.start();
  }
}
