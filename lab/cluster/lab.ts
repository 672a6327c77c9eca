// The cluster of `npm run lab`: a machine with the control plane and OVN, two or three nodes, and add-ons such as the product.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { startClusterDns } from "./cluster-dns.ts";
import { Cgroup } from "../machine/cgroup.ts";
import { ControlPlane, controlPlaneTools } from "../kubernetes/control-plane.ts";
import { labImages } from "./lab-images.ts";
import { cgroupPrefix, LabNode, nodeTools } from "./lab-node.ts";
import { labPlan } from "../machine/lab-plan.ts";
import type { Machine } from "../machine/machine.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { nodeObject } from "./node-config.ts";
import type { OvnCentral } from "../ovn/ovn-central.ts";
import type { OutsideSwitch } from "../machine/outside-switch.ts";
import { OvnFabric } from "../machine/ovn-fabric.ts";
import {
  ensurePrograms,
  findProgram,
  nodePrograms,
  type Program,
  whyProgramsAreMissing,
} from "#tools/programs/packages.ts";
import { type Progress, stderrProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder, type TemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

/** Something that is installed in the cluster. */
export interface LabAddOn {
  readonly title: string;
  /** Called when the API server and the nodes' container runtimes run, and the kubelets do not yet. */
  install(lab: Lab): Promise<void>;
  /** Called when the nodes are Ready. Resolves when the add-on can be used. */
  whenReady?(lab: Lab): Promise<void>;
}

export interface LabOptions {
  readonly progress?: Progress;
  readonly addOns?: readonly LabAddOn[];
  /** Gets the process id of another lab that must end first. */
  readonly onWait?: (pid: string) => void;
  /** Aborts the start after the step that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** The members of the Northbound database when it is a cluster. By default it is one server. */
  readonly northboundMembers?: number;
  /** 2 by default, and at most `mostLabNodes`. */
  readonly nodes?: number;
  /** The machines have no OVN, and the cluster has a DNS: for an add-on that brings OVN in pods. */
  readonly isBare?: boolean;
}

export const labLockName = "lab";
const folderPurpose = "lab";
const labTools = [...controlPlaneTools, ...nodeTools] as const;

/** For a test's `skip`: false when the lab can run here, otherwise the reason. */
export function whyLabCannotRun(): string | false {
  return whyNotRoot() || whyProgramsAreMissing(nodePrograms) || whyToolsAreMissing(labTools);
}

/**
 * A Kubernetes cluster with OVN on this machine: a machine in the middle with the control plane and OVN's databases, and two or
 * three with chassis, containerd and kubelet. There is one lab at a time.
 */
export class Lab implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #lock: MachineLock;
  readonly #progress: Progress;
  readonly #signal: AbortSignal | undefined;
  /** True when no OVN runs but in pods. */
  readonly isBare: boolean;
  #dns: ManagedProcess | undefined;
  #controlPlane: ControlPlane | undefined;
  readonly #fabric: OvnFabric;
  #nodes: readonly LabNode[] = [];

  private constructor(
    lock: MachineLock,
    progress: Progress,
    { signal, northboundMembers, nodes, isBare = false }: LabOptions,
  ) {
    this.isBare = isBare;
    this.#lock = lock;
    this.#signal = signal;
    this.#progress = progress;
    this.#folder = createTemporaryFolder(folderPurpose);
    this.#fabric = new OvnFabric(this.folder, { northboundMembers, nodes, isBare, outside: labPlan.outside });
  }

  /** Brings everything up and waits until all nodes are Ready. Throws `CommandFailed`. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const { progress = stderrProgress(), addOns = [], onWait } = options;
    await prepareLab(progress);
    const lab = new Lab(await MachineLock.acquire(labLockName, onWait), progress, options);
    try {
      await removeLeftovers(lab.folder);
      await lab.#bringUp(addOns);
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  get folder(): string {
    return this.#folder.path;
  }

  get controlPlane(): ControlPlane {
    if (this.#controlPlane === undefined) throw new AppError("Internal", "the lab has no control plane yet");
    return this.#controlPlane;
  }

  get central(): OvnCentral {
    return this.#fabric.central;
  }

  /** The machine in the middle: control plane and OVN's databases. */
  get center(): Machine {
    return this.#fabric.center;
  }

  /** The switch outside of the cluster, with the hosts of `labPlan.outside`. */
  get outside(): OutsideSwitch {
    return this.#fabric.outside;
  }

  get nodes(): readonly LabNode[] {
    return this.#nodes;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.powerOff()));
    await this.#dns?.stop();
    await this.#controlPlane?.stop();
    await this.#fabric.stop();
    this.#folder.remove();
    this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Makes a folder below the lab's folder. */
  subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async #bringUp(addOns: readonly LabAddOn[]): Promise<void> {
    const tools = await ensureTools(labTools, { progress: this.#progress });
    const images = this.#writeImages();
    await this.#step("control plane, OVN, chassis", async () => {
      await this.#fabric.startCenter();
      const place = { namespaces: this.center.namespaces, address: labPlan.centerAddress };
      const folder = this.subfolder("control-plane");
      const results = await Promise.allSettled([
        ControlPlane.start({ folder, scheduler: true, audit: true, place }).then((plane) => {
          this.#controlPlane = plane;
        }),
        this.#fabric.startOvn(),
      ]);
      for (const result of results) if (result.status === "rejected") throw result.reason;
    });
    if (this.isBare) {
      this.#dns = await startClusterDns(this.center, this.controlPlane.adminKubeconfig, this.subfolder("dns"));
    }
    const setup = { controlPlane: this.controlPlane, tools, images, hasDns: this.isBare };
    this.#nodes = this.#fabric.hosts.map((host) => new LabNode({ ...setup, host }));
    await this.#step("containerd and images", () => Promise.all(this.#nodes.map((node) => node.startRuntime())));
    for (const addOn of addOns) await this.#step(addOn.title, () => addOn.install(this));
    await this.#step("nodes Ready", async () => {
      await this.controlPlane.kubectl.apply(this.#nodes.map(({ plan }) => nodeObject(plan)));
      await Promise.all(this.#nodes.map((node) => node.join()));
      await this.controlPlane.kubectl.must(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=120s"]);
    });
    for (const addOn of addOns) {
      if ("whenReady" in addOn) await this.#step(`${addOn.title} Ready`, async () => addOn.whenReady?.(this));
    }
  }

  async #step(title: string, work: () => Promise<unknown>): Promise<void> {
    this.#signal?.throwIfAborted();
    await this.#progress.during(title, work);
  }

  #writeImages(): readonly string[] {
    const busybox: Program = "busybox";
    return [...labImages(findProgram(busybox) ?? busybox)].map(([name, archive]) => {
      const path = join(this.subfolder("images"), `${name.replaceAll(/[/:]/g, "-")}.tar`);
      writeFileSync(path, archive);
      return path;
    });
  }
}

/** Installs and builds the programs of the lab, which takes minutes the first time. */
export async function prepareLab(progress: Progress): Promise<void> {
  await ensurePrograms(nodePrograms, progress);
  await ensureTools(labTools, { progress });
}

/**
 * Removes everything that a lab left behind when its process was killed, except the folder `own`. Only the holder of
 * the lock may do so.
 */
export async function removeLeftovers(own?: string): Promise<void> {
  for (const name of Cgroup.find(cgroupPrefix)) await new Cgroup(name).destroy();
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    if (name.startsWith(`ovn4nfv-${folderPurpose}-`) && path !== own) rmSync(path, { recursive: true, force: true });
  }
}
