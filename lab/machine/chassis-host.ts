import { Chassis } from "./chassis.ts";
import { labPlan, type NodePlan, nodeLinks, plugLinks } from "./lab-plan.ts";
import { Machine } from "./machine.ts";
import type { OutsideSwitch } from "./outside-switch.ts";

/** The interface of a machine to the switch outside of the cluster. It has no address, and is down. */
export const wireDevice = "eth2";

/** A machine with a chassis, which is connected to the networks of the machine in the middle. */
export class ChassisHost {
  readonly plan: NodePlan;
  readonly machine: Machine;
  readonly #center: Machine;
  readonly #outside: OutsideSwitch | undefined;
  readonly #isBare: boolean;
  #chassis: Chassis | undefined;

  /** A bare one has neither Open vSwitch nor ovn-controller, and the interface for tunnels has their address. */
  constructor(plan: NodePlan, folder: string, center: Machine, outside?: OutsideSwitch, isBare = false) {
    this.plan = plan;
    this.machine = new Machine(plan.name, folder);
    this.#center = center;
    this.#outside = outside;
    this.#isBare = isBare;
  }

  get chassis(): Chassis {
    if (this.#chassis === undefined) throw new Error(`${this.plan.name} is off, or has no OVN`);
    return this.#chassis;
  }

  /** Starts machine, links, Open vSwitch and ovn-controller. */
  async powerOn(): Promise<void> {
    await this.machine.start();
    await this.#center.ip(...plugLinks(this.plan, this.machine.pid));
    await this.machine.ip(...nodeLinks(this.plan));
    await this.#outside?.plug(this.machine, wireDevice);
    await this.machine.must("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    if (this.#isBare) await this.machine.ip(`addr add ${this.#tunnels.address} dev ${this.#tunnels.device}`);
    else await this.startChassis();
  }

  /** Starts Open vSwitch and ovn-controller on the machine, which runs. */
  async startChassis(): Promise<void> {
    this.#chassis = await Chassis.start({
      machine: this.machine,
      southbound: labPlan.southbound,
      underlay: this.#tunnels,
    });
  }

  get #tunnels() {
    return { device: "eth1", address: `${this.plan.underlay}/${labPlan.prefixLength}` };
  }

  /** Ends everything on it at once, as a power cut does. The machine's disk stays. */
  async powerOff(): Promise<void> {
    if (!this.machine.running) return;
    await this.#chassis?.kill();
    this.#chassis = undefined;
    await this.machine.stop();
    // The kernel needs some time to remove a namespace. The links must be gone before the next start.
    for (const link of [`m-${this.plan.name}`, `u-${this.plan.name}`]) {
      await this.#center.run("ip", ["link", "del", link]);
    }
  }
}
