import { Machine } from "./machine.ts";
import { OpenVswitch } from "./open-vswitch.ts";

/** A host on the wire, outside of the cluster. */
export interface OutsideHost {
  readonly name: string;
  /** With prefix length. */
  readonly address: string;
  /** The VLAN of the host's access port. Without it frames have no tag. */
  readonly vlan?: number;
}

const bridge = "wire0";

/**
 * A switch outside of the cluster with hosts: trunk ports to interfaces of nodes, and an access port for each host. It is a
 * bridge of Open vSwitch in user space, because a kernel may have neither VLAN interfaces nor bridges with VLANs.
 */
export class OutsideSwitch implements AsyncDisposable {
  readonly machine: Machine;
  #ovs: OpenVswitch | undefined;

  /** `folder` exists. */
  constructor(folder: string) {
    this.machine = new Machine("outside", folder);
  }

  async start(): Promise<void> {
    await this.machine.start();
    this.#ovs = new OpenVswitch(this.machine);
    await this.#ovs.start({});
    await this.#vsctl("add-br", bridge, "--", "set", "Bridge", bridge, "datapath_type=netdev");
  }

  /** The name of the port to a machine. */
  portTo({ name }: Pick<Machine, "name">): string {
    return `w-${name}`;
  }

  /** Gives the machine an interface, which is down, and connects it by a trunk port. It replaces an earlier one. */
  async plug(machine: Machine, device: string): Promise<void> {
    const port = this.portTo(machine);
    await this.#vsctl("--if-exists", "del-port", bridge, port);
    await this.machine.run("ip", ["link", "del", port]);
    await this.machine.ip(`link add ${port} type veth peer name ${device} netns ${machine.pid}`, `link set ${port} up`);
    await this.#vsctl("add-port", bridge, port);
  }

  async addHost({ name, address, vlan }: OutsideHost): Promise<void> {
    const port = `h-${name}`;
    await this.machine.must("ip", ["netns", "add", name]);
    await this.machine.ip(`link add ${port} type veth peer name eth0 netns ${name}`, `link set ${port} up`);
    const lines = ["link set lo up", "link set eth0 up", `addr add ${address} dev eth0`];
    await this.machine.must("ip", ["-n", name, "-batch", "-"], { input: lines.join("\n") });
    // Open vSwitch in user space does not complete checksums.
    await this.onHost(name, "ethtool", "-K", "eth0", "tx", "off");
    await this.#vsctl("add-port", bridge, port, ...(vlan === undefined ? [] : [`tag=${vlan}`]));
  }

  /** Makes the switch look again at what it learns from a frame. While it has a flow in its cache it does so twice a second only. */
  async forgetCachedFlows(): Promise<void> {
    await this.#ovs?.forgetCachedFlows();
  }

  /** Runs a program on a host. Throws `CommandFailed`. */
  onHost(name: string, command: string, ...args: readonly string[]): Promise<string> {
    return this.machine.must("nsenter", [`--net=/run/netns/${name}`, "--", command, ...args]);
  }

  async stop(): Promise<void> {
    await this.#ovs?.kill();
    await this.machine.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #vsctl(...args: readonly string[]): Promise<void> {
    if (this.#ovs === undefined) throw new Error("the switch does not run");
    await this.#ovs.vsctl(...args);
  }
}
