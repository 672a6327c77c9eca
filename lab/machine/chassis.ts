import type { Machine } from "./machine.ts";
import { OpenVswitch, ovsEnvironment, ovsSocket, quietOvs } from "./open-vswitch.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { ManagedProcess } from "#tools/process/process.ts";

export interface ChassisOptions {
  readonly machine: Machine;
  /** The endpoint at which the machine reaches the Southbound database. */
  readonly southbound: string;
  /** The device of the machine that carries the tunnels, and the address that it gets: `198.51.100.11/24`. */
  readonly underlay: { readonly device: string; readonly address: string };
}

/** Open vSwitch and ovn-controller on a made-up machine. */
export class Chassis implements AsyncDisposable {
  readonly machine: Machine;
  readonly controller: ManagedProcess;
  readonly #ovs: OpenVswitch;

  private constructor(machine: Machine) {
    this.machine = machine;
    this.#ovs = new OpenVswitch(machine);
    this.controller = machine.process({
      name: "ovn-controller",
      command: ovnBinary("ovn-controller"),
      args: [...quietOvs, `unix:${ovsSocket}`],
      env: ovsEnvironment,
    });
  }

  get database(): ManagedProcess {
    return this.#ovs.database;
  }

  get switchd(): ManagedProcess {
    return this.#ovs.switchd;
  }

  /** Where the database is reached from outside of the machine. */
  get ovsEndpoint(): string {
    return this.#ovs.endpoint;
  }

  /** Starts all of it, and waits until br-int is there. */
  static async start({ machine, southbound, underlay }: ChassisOptions): Promise<Chassis> {
    const chassis = new Chassis(machine);
    const settings = {
      "system-id": machine.name,
      hostname: machine.name,
      "ovn-remote": southbound,
      "ovn-encap-type": "geneve",
      "ovn-encap-ip": underlay.address.split("/")[0] ?? "",
      // This is set before ovn-controller makes br-int, because the kernel may have no datapath.
      "ovn-bridge-datapath-type": "netdev",
    };
    await machine.must("mkdir", ["-p", "/run/ovn"]);
    await chassis.#ovs.start(settings);
    const bridge = ["--may-exist", "add-br", "br-phys", "--", "set", "Bridge", "br-phys", "datapath_type=netdev"];
    // This makes a change, so that ovs-vsctl waits for ovs-vswitchd also when an earlier start has made the bridge.
    const started = ["--", "set", "Open_vSwitch", ".", `external_ids:started-by="${chassis.switchd.pid}"`];
    // ovn-controller 26.03 leaves this to the next start, and ends it then for so short a time that ovs-vswitchd may miss it and
    // forward nothing (docs/way-out.md).
    const forwarding = ["--", "remove", "Open_vSwitch", ".", "other_config", "flow-restore-wait"];
    await chassis.vsctl(
      ...[...bridge, "--", "--may-exist", "add-port", "br-phys", underlay.device, ...started, ...forwarding],
    );
    await machine.ip(`addr replace ${underlay.address} dev br-phys`, "link set br-phys up");
    await chassis.controller.start();
    await chassis.vsctl("wait-until", "Bridge", "br-int");
    return chassis;
  }

  /** Makes the datapath ask for its flows anew; see `OpenVswitch`. */
  forgetCachedFlows(): Promise<void> {
    return this.#ovs.forgetCachedFlows();
  }

  /** Makes the datapath forget all connections; see `OpenVswitch`. */
  forgetConnections(): Promise<void> {
    return this.#ovs.forgetConnections();
  }

  /** Runs a command of ovs-vswitchd, as ovs-appctl does. Throws `CommandFailed`. */
  appctl(...command: readonly string[]): Promise<string> {
    return this.#ovs.appctl(...command);
  }

  /** Runs ovs-vsctl. Throws `CommandFailed`. */
  vsctl(...args: readonly string[]): Promise<string> {
    return this.#ovs.vsctl(...args);
  }

  /**
   * Ends ovn-controller in the way of its service: it takes its chassis and its ports out of the Southbound database. After a
   * signal they stay, and so do the flows on the bridge.
   */
  async leave(): Promise<void> {
    const ended = this.controller.exited();
    await this.machine.must(ovnBinary("ovn-appctl"), [
      "-t",
      `/run/ovn/ovn-controller.${this.controller.pid}.ctl`,
      "exit",
    ]);
    await ended;
  }

  async stop(): Promise<void> {
    await this.controller.stop();
    await this.#ovs.stop();
  }

  /** Kills all of it at once. */
  async kill(): Promise<void> {
    await Promise.all([this.controller.kill(), this.#ovs.kill()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
