import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ChassisHost } from "./chassis-host.ts";
import { centerLinks, labPlan, planNodes } from "./lab-plan.ts";
import { Machine } from "./machine.ts";
import { type OutsideHost, OutsideSwitch } from "./outside-switch.ts";
import { OvnCentral } from "../ovn/ovn-central.ts";

export interface OvnFabricOptions {
  /** The members of the Northbound database when it is a cluster. By default it is one server. */
  readonly northboundMembers?: number | undefined;
  /** Hosts outside of the cluster, on a switch to which every chassis has an interface more. */
  readonly outside?: readonly OutsideHost[];
  /** The number of chassis, 2 by default. */
  readonly nodes?: number | undefined;
  /** Machines and networks without any OVN, which is then somebody else's to bring. */
  readonly isBare?: boolean;
}

/**
 * OVN over chassis on this machine, without Kubernetes: a machine in the middle with the databases and
 * ovn-northd, and two or more with Open vSwitch and ovn-controller, joined by tunnels. Needs root.
 */
export class OvnFabric implements AsyncDisposable {
  readonly center: Machine;
  readonly hosts: readonly ChassisHost[];
  readonly #folder: string;
  readonly #options: OvnFabricOptions;
  readonly #outside: OutsideSwitch | undefined;
  #central: OvnCentral | undefined;

  /** `folder` exists; everything is written there, and nothing is removed. */
  constructor(folder: string, options: OvnFabricOptions = {}) {
    this.#folder = folder;
    this.#options = options;
    this.#outside = options.outside === undefined ? undefined : new OutsideSwitch(this.#subfolder("outside"));
    this.center = new Machine("cp", this.#subfolder("cp"));
    this.hosts = planNodes(options.nodes ?? labPlan.nodes.length).map(
      (plan) => new ChassisHost(plan, this.#subfolder(plan.name), this.center, this.#outside, options.isBare),
    );
  }

  static async start(folder: string, options: OvnFabricOptions = {}): Promise<OvnFabric> {
    const fabric = new OvnFabric(folder, options);
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
    if (this.#central === undefined) throw new Error("OVN's databases do not run here, or not yet");
    return this.#central;
  }

  /** The switch outside of the cluster. */
  get outside(): OutsideSwitch {
    if (this.#outside === undefined) throw new Error("there is nothing outside of this fabric");
    return this.#outside;
  }

  /** Starts the machine in the middle and its networks, and the hosts outside. */
  async startCenter(): Promise<void> {
    await this.center.start();
    await this.center.ip(...centerLinks());
    await this.#outside?.start();
    for (const host of this.#options.outside ?? []) await this.#outside?.addHost(host);
  }

  /** Starts the databases, ovn-northd, and all chassis; of a bare fabric the machines alone. */
  async startOvn(): Promise<void> {
    if (this.#options.isBare !== true) {
      this.#central = await OvnCentral.start({
        folder: this.#subfolder("ovn"),
        namespaces: this.center.namespaces,
        northboundMembers: this.#options.northboundMembers,
      });
    }
    await Promise.all(this.hosts.map((host) => host.powerOn()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.powerOff()));
    await this.#outside?.stop();
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
