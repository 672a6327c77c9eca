import { existsSync } from "node:fs";
import type { Machine } from "./machine.ts";
import { ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { untilDatabase } from "../ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";

export interface ChassisOptions {
  readonly machine: Machine;
  /** The endpoint at which the machine reaches the Southbound database. */
  readonly southbound: string;
  /** The device of the machine that carries the tunnels, and the address that it gets: `198.51.100.11/24`. */
  readonly underlay: { readonly device: string; readonly address: string };
}

const runFolder = "/run/openvswitch";
export const databaseFolder = "/var/lib/openvswitch";
const env = {
  PATH: process.env["PATH"],
  OVS_RUNDIR: runFolder,
  OVN_RUNDIR: "/run/ovn",
  OVS_DBDIR: databaseFolder,
  OVS_LOGDIR: "/var/log",
};

/** Open vSwitch with its userspace datapath, and ovn-controller, on a made-up machine. */
export class Chassis implements AsyncDisposable {
  readonly machine: Machine;
  readonly database: ManagedProcess;
  readonly switchd: ManagedProcess;
  readonly controller: ManagedProcess;

  private constructor(machine: Machine) {
    this.machine = machine;
    const socket = `unix:${runFolder}/db.sock`;
    const quiet = ["-vconsole:info", "-vsyslog:off", "-vfile:off"];
    this.database = machine.process({
      name: "ovsdb-server",
      command: ovnBinary("ovsdb-server"),
      args: [`--remote=p${socket}`, ...quiet, `${databaseFolder}/conf.db`],
      env,
      ready: untilDatabase(`unix:${machine.pathOf(`${runFolder}/db.sock`)}`, "Open_vSwitch", "connected"),
    });
    this.switchd = machine.process({
      name: "ovs-vswitchd",
      command: ovnBinary("ovs-vswitchd"),
      args: [...quiet, socket],
      env,
    });
    this.controller = machine.process({
      name: "ovn-controller",
      command: ovnBinary("ovn-controller"),
      args: [...quiet, socket],
      env,
    });
  }

  /** Starts all of it, and waits until br-int is there. */
  static async start({ machine, southbound, underlay }: ChassisOptions): Promise<Chassis> {
    const chassis = new Chassis(machine);
    await machine.must("mkdir", ["-p", runFolder, "/run/ovn", databaseFolder]);
    if (!existsSync(machine.pathOf(`${databaseFolder}/conf.db`))) {
      await machine.must(ovnBinary("ovsdb-tool"), ["create", `${databaseFolder}/conf.db`, schemaFile("Open_vSwitch")]);
    }
    await chassis.database.start();
    const settings = {
      "system-id": machine.name,
      hostname: machine.name,
      "ovn-remote": southbound,
      "ovn-encap-type": "geneve",
      "ovn-encap-ip": underlay.address.split("/")[0] ?? "",
      // This is set before ovn-controller makes br-int, because the kernel may have no datapath.
      "ovn-bridge-datapath-type": "netdev",
    };
    const pairs = Object.entries(settings).map(([key, value]) => `external_ids:${key}="${value}"`);
    // The service of a distribution (ovs-ctl) writes the version, too.
    const said = await machine.must(ovnBinary("ovs-vswitchd"), ["--version"]);
    const version = `ovs_version="${/\d+\.\d+\.\d+/.exec(said)?.[0] ?? "unknown"}"`;
    await chassis.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".", version, ...pairs);
    await chassis.switchd.start();
    const bridge = ["--may-exist", "add-br", "br-phys", "--", "set", "Bridge", "br-phys", "datapath_type=netdev"];
    // This makes a change, so that ovs-vsctl waits for ovs-vswitchd also when an earlier start has made the bridge.
    const started = ["--", "set", "Open_vSwitch", ".", `external_ids:started-by="${chassis.switchd.pid}"`];
    await chassis.vsctl(...bridge, "--", "--may-exist", "add-port", "br-phys", underlay.device, ...started);
    await machine.ip(`addr replace ${underlay.address} dev br-phys`, "link set br-phys up");
    await chassis.controller.start();
    await chassis.vsctl("wait-until", "Bridge", "br-int");
    return chassis;
  }

  /** Runs ovs-vsctl. Throws `CommandFailed`. */
  vsctl(...args: readonly string[]): Promise<string> {
    return this.machine.must(ovnBinary("ovs-vsctl"), [`--db=unix:${runFolder}/db.sock`, "--timeout=60", ...args], {
      env,
    });
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
    for (const process of [this.controller, this.switchd, this.database]) await process.stop();
  }

  /** Kills all of it at once. */
  async kill(): Promise<void> {
    await Promise.all([this.controller, this.switchd, this.database].map((process) => process.kill()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
