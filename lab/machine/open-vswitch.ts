import { existsSync } from "node:fs";
import type { Machine } from "./machine.ts";
import { ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { untilDatabase } from "../ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";

const runFolder = "/run/openvswitch";
export const databaseFolder = "/var/lib/openvswitch";
/** The database's socket inside the machine. */
export const ovsSocket = `${runFolder}/db.sock`;
export const quietOvs = ["-vconsole:info", "-vsyslog:off", "-vfile:off"] as const;
export const ovsEnvironment = {
  PATH: process.env["PATH"],
  OVS_RUNDIR: runFolder,
  OVN_RUNDIR: "/run/ovn",
  OVS_DBDIR: databaseFolder,
  OVS_LOGDIR: "/var/log",
};

/** Open vSwitch with its userspace datapath on a made-up machine. */
export class OpenVswitch {
  readonly #machine: Machine;
  readonly database: ManagedProcess;
  readonly switchd: ManagedProcess;

  constructor(machine: Machine) {
    this.#machine = machine;
    const socket = `unix:${ovsSocket}`;
    this.database = machine.process({
      name: "ovsdb-server",
      command: ovnBinary("ovsdb-server"),
      args: [`--remote=p${socket}`, ...quietOvs, `${databaseFolder}/conf.db`],
      env: ovsEnvironment,
      ready: untilDatabase(this.endpoint, "Open_vSwitch", "connected"),
    });
    this.switchd = machine.process({
      name: "ovs-vswitchd",
      command: ovnBinary("ovs-vswitchd"),
      args: [...quietOvs, socket],
      env: ovsEnvironment,
    });
  }

  /**
   * Starts both programs, as at the boot of the machine. The database keeps its content on the machine's disk; `settings` are set
   * in it before.
   */
  async start(settings: Readonly<Record<string, string>>): Promise<void> {
    const machine = this.#machine;
    await machine.must("mkdir", ["-p", runFolder, databaseFolder]);
    if (!existsSync(machine.pathOf(`${databaseFolder}/conf.db`))) {
      await machine.must(ovnBinary("ovsdb-tool"), ["create", `${databaseFolder}/conf.db`, schemaFile("Open_vSwitch")]);
    }
    await this.database.start();
    const pairs = Object.entries(settings).map(([key, value]) => `external_ids:${key}="${value}"`);
    // The service of a distribution (ovs-ctl) writes the version, too.
    const said = await machine.must(ovnBinary("ovs-vswitchd"), ["--version"]);
    const version = `ovs_version="${/\d+\.\d+\.\d+/.exec(said)?.[0] ?? "unknown"}"`;
    await this.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".", version, ...pairs);
    await this.#dropTransientPorts();
    await this.switchd.start();
  }

  /** Where the database is reached from outside of the machine. */
  get endpoint(): string {
    return `unix:${this.#machine.pathOf(ovsSocket)}`;
  }

  /**
   * Makes the datapath ask for its flows anew. Open vSwitch 3.1 in user space keeps some as they were when the flows of the
   * bridge change, for as long as packets use them.
   */
  async forgetCachedFlows(): Promise<void> {
    await this.appctl("revalidator/purge");
  }

  /** Makes the datapath forget all connections. Open vSwitch 3.1 in user space dies of the second one with the same ports. */
  async forgetConnections(): Promise<void> {
    await this.appctl("dpctl/flush-conntrack");
  }

  /** Runs a command of the ovs-vswitchd that runs. Throws `CommandFailed`. */
  appctl(...command: readonly string[]): Promise<string> {
    const target = ["-t", `${runFolder}/ovs-vswitchd.${this.switchd.pid}.ctl`];
    return this.#machine.must(ovnBinary("ovs-appctl"), [...target, ...command]);
  }

  /** The service of a distribution does this once after each boot, before ovs-vswitchd starts. */
  async #dropTransientPorts(): Promise<void> {
    const find = ["--bare", "--columns=name", "find", "Port", "other_config:transient=true"];
    const names = (await this.vsctl(...find)).split("\n").filter((name) => name !== "");
    const deletions = names.flatMap((name) => ["--", "--if-exists", "del-port", name]);
    if (names.length > 0) await this.vsctl("--no-wait", ...deletions);
  }

  /** Runs ovs-vsctl. Throws `CommandFailed`. */
  vsctl(...args: readonly string[]): Promise<string> {
    const where = [`--db=unix:${ovsSocket}`, "--timeout=60"];
    return this.#machine.must(ovnBinary("ovs-vsctl"), [...where, ...args], { env: ovsEnvironment });
  }

  async stop(): Promise<void> {
    for (const process of [this.switchd, this.database]) await process.stop();
  }

  async kill(): Promise<void> {
    await Promise.all([this.switchd, this.database].map((process) => process.kill()));
  }
}
