import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ChassisHost } from "./chassis-host.ts";
import { centerLinks, labPlan } from "./lab-plan.ts";
import { Machine } from "./machine.ts";
import { OvnCentral } from "../ovn/ovn-central.ts";

/**
 * OVN over two chassis on this machine, without Kubernetes: a machine in the middle with the databases and
 * ovn-northd, and two with Open vSwitch and ovn-controller, joined by tunnels. Needs root.
 */
export class OvnFabric implements AsyncDisposable {
  readonly center: Machine;
  readonly hosts: readonly ChassisHost[];
  readonly #folder: string;
  readonly #northboundMembers: number | undefined;
  #central: OvnCentral | undefined;

  /**
   * `folder` exists; everything is written there, and nothing is removed. With `northboundMembers` the Northbound
   * database is a cluster.
   */
  constructor(folder: string, northboundMembers?: number) {
    this.#folder = folder;
    this.#northboundMembers = northboundMembers;
    this.center = new Machine("cp", this.#subfolder("cp"));
    this.hosts = labPlan.nodes.map((plan) => new ChassisHost(plan, this.#subfolder(plan.name), this.center));
  }

  static async start(folder: string): Promise<OvnFabric> {
    const fabric = new OvnFabric(folder);
    try {
      await fabric.startCenter();
      await fabric.startOvn();
    } catch (error) {
      await fabric.stop();
      throw error;
    }
    return fabric;
  }

  get central(): OvnCentral {
    if (this.#central === undefined) throw new Error("OVN's databases do not run yet");
    return this.#central;
  }

  /** Starts the machine in the middle and its networks. */
  async startCenter(): Promise<void> {
    await this.center.start();
    await this.center.ip(...centerLinks());
  }

  /** Starts the databases, ovn-northd, and both chassis. */
  async startOvn(): Promise<void> {
    this.#central = await OvnCentral.start({
      folder: this.#subfolder("ovn"),
      namespaces: this.center.namespaces,
      northboundMembers: this.#northboundMembers,
    });
    await Promise.all(this.hosts.map((host) => host.powerOn()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.powerOff()));
    await this.#central?.stop();
    await this.center.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #subfolder(name: string): string {
    const path = join(this.#folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
}
