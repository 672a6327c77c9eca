import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Cgroup } from "../machine/cgroup.ts";
import type { Chassis } from "../machine/chassis.ts";
import type { ChassisHost } from "../machine/chassis-host.ts";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import { printKubeconfig } from "../kubernetes/kubeconfig.ts";
import type { NodePlan } from "../machine/lab-plan.ts";
import type { Machine } from "../machine/machine.ts";
import { bridgeConfig, containerdConfig, kubeletConfig, nodePaths, proxyConfig } from "./node-config.ts";
import { findProgram } from "#tools/programs/packages.ts";
import type { ManagedProcess, ProcessSpec } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import type { ToolPaths } from "#tools/programs/tool-cache.ts";

/** The CNI plugins that every node has. */
export const cniPluginTools = ["bridge", "host-local", "loopback", "macvlan", "ptp", "static"] as const;

/** The programs of a node that are built. */
export const nodeTools = ["kubelet", "kube-proxy", ...cniPluginTools] as const;

export const cgroupPrefix = "ovn4nfv-lab-";

interface LabNodeSetup {
  readonly host: ChassisHost;
  readonly controlPlane: ControlPlane;
  readonly tools: ToolPaths<(typeof nodeTools)[number]>;
  /** Archives of container images, on this machine's disk. */
  readonly images: readonly string[];
  /** Pods find the names of Services with the DNS on the machine in the middle. */
  readonly hasDns: boolean;
}

type Part = "containerd" | "kubelet" | "kube-proxy";

/** A program that an add-on runs on a node. */
export interface KeptProgram extends Pick<ProcessSpec, "name" | "command" | "args" | "env" | "ready"> {
  /** Files that it needs at each start, because they may lie under /run. */
  readonly files?: ReadonlyMap<string, string>;
}

/** A node: a machine with a chassis, containerd, kubelet, kube-proxy, and the bridge plugin for the first interface. */
export class LabNode {
  readonly #setup: LabNodeSetup;
  readonly #cgroup: Cgroup;
  readonly #parts = new Map<Part, ManagedProcess>();
  readonly #kept = new Map<string, { readonly program: KeptProgram; readonly process: ManagedProcess }>();

  constructor(setup: LabNodeSetup) {
    this.#setup = setup;
    this.#cgroup = new Cgroup(`${cgroupPrefix}${this.plan.name}`);
  }

  get plan(): NodePlan {
    return this.#setup.host.plan;
  }

  get machine(): Machine {
    return this.#setup.host.machine;
  }

  get chassis(): Chassis {
    return this.#setup.host.chassis;
  }

  /** Starts containerd and imports the images. */
  async startRuntime(): Promise<void> {
    this.#cgroup.create();
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
    const { controlPlane, tools, hasDns } = this.#setup;
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
    this.write(nodePaths.kubeletConfig, JSON.stringify(kubeletConfig(`/${this.#cgroup.name}`, hasDns)));
    this.write(nodePaths.proxyConfig, JSON.stringify(proxyConfig(this.plan)));
    await this.#start("kubelet", tools.kubelet, [
      `--config=${nodePaths.kubeletConfig}`,
      `--kubeconfig=${nodePaths.kubeletKubeconfig}`,
      `--hostname-override=${name}`,
      `--node-ip=${address}`,
    ]);
    await this.#start("kube-proxy", tools["kube-proxy"], [`--config=${nodePaths.proxyConfig}`]);
  }

  /** Starts a program that is started again after a power cut, before the kubelet, and waits until it is ready. */
  async keep(program: KeptProgram): Promise<void> {
    const { files, ...spec } = program;
    for (const [path, content] of files ?? []) this.write(path, content);
    const process = this.machine.process(spec);
    this.#kept.set(program.name, { program, process });
    await process.start();
  }

  /** A program of the node, which a test may freeze, kill or restart. */
  part(name: Part): ManagedProcess {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`${name} does not run on ${this.plan.name}`);
    return part;
  }

  /** Writes a file of the node, which its programs see at `path`. */
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

  /** Ends containerd at once and starts it again; pods run on. */
  async restartRuntime(): Promise<void> {
    await this.part("containerd").kill();
    await this.part("containerd").start();
    this.#cgroup.adopt(this.part("containerd").pid);
  }

  /** Ends everything on the node at once, as a power cut does. Its disk stays. */
  async powerOff(): Promise<void> {
    const kept = [...this.#kept.values()].map(({ process }) => process);
    await Promise.all([...this.#parts.values(), ...kept].map((process) => process.kill()));
    this.#parts.clear();
    await this.#cgroup.destroy();
    await this.#setup.host.powerOff();
  }

  /** Cuts the power, and starts again from the same disk. */
  async reboot(): Promise<void> {
    await this.powerOff();
    await this.#setup.host.powerOn();
    await this.startRuntime();
    for (const { program } of [...this.#kept.values()]) await this.keep(program);
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
