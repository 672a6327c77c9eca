// A real Northbound database, alone or with the Southbound database and ovn-northd.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "#tools/process/command.ts";
import { type DatabaseName, ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { type OvsdbCluster, startOvsdbCluster } from "./ovsdb-cluster.ts";
import { ovsdbServerCommand, untilDatabase } from "./ovsdb-server.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";

export interface OvnCentralOptions {
  /** An existing folder of its own; everything is written there, and nothing is removed. */
  readonly folder: string;
  /** Also runs the Southbound database and ovn-northd; true by default. */
  readonly northd?: boolean;
  /** The namespaces in which it runs. The databases then also listen on TCP 6641 and 6642 there. */
  readonly namespaces?: Namespaces;
  /** The members of the Northbound database when it is a cluster. By default it is one server. */
  readonly northboundMembers?: number | undefined;
}

/** The number of times that ovn-northd computed a node of its engine completely, and that it processed only changes. */
export interface NorthdStats {
  readonly recompute: number;
  readonly compute: number;
}

interface Database {
  /** Several endpoints are a comma list. */
  readonly endpoint: string;
  readonly owner: AsyncDisposable;
}

/** The central part of OVN: Northbound database, and Southbound database with ovn-northd. */
export class OvnCentral implements AsyncDisposable {
  readonly #folder: string;
  readonly #owners: AsyncDisposable[] = [];
  #northd: ManagedProcess | undefined;
  #cluster: OvsdbCluster | undefined;
  readonly #endpoints = new Map<DatabaseName, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(options: OvnCentralOptions): Promise<OvnCentral> {
    const { folder, northd = true, namespaces, northboundMembers } = options;
    const central = new OvnCentral(folder);
    const names: readonly DatabaseName[] = northd ? ["OVN_Northbound", "OVN_Southbound"] : ["OVN_Northbound"];
    try {
      for (const { name, database } of await Promise.all(
        names.map(async (name) => {
          const members = name === "OVN_Northbound" ? northboundMembers : undefined;
          if (members === undefined) return { name, database: await startDatabase(folder, name, namespaces) };
          central.#cluster = await startOvsdbCluster({ members, namespaces, tcpPort: northboundPort, electionTimerMs });
          return { name, database: { endpoint: central.#cluster.endpoints.join(","), owner: central.#cluster } };
        }),
      )) {
        central.#endpoints.set(name, database.endpoint);
        central.#owners.push(database.owner);
      }
      await central.nbctl("init");
      if (northd) {
        central.#northd = await startNorthd(folder, central.nb, central.sb, namespaces);
        central.#owners.push(central.#northd);
      }
    } catch (error) {
      await central.stop();
      throw error;
    }
    return central;
  }

  /** The `unix:` endpoint of the Northbound database, or a comma list of its members'. */
  get nb(): string {
    return this.#endpoint("OVN_Northbound");
  }

  /** `unix:` endpoint of the Southbound database. */
  get sb(): string {
    return this.#endpoint("OVN_Southbound");
  }

  /** ovn-northd, which a test may stop, kill or freeze. */
  get northd(): ManagedProcess {
    if (this.#northd === undefined) throw new Error("ovn-northd is not running here");
    return this.#northd;
  }

  /** The members of the Northbound database, when it is a cluster. */
  get northboundCluster(): OvsdbCluster | undefined {
    return this.#cluster;
  }

  /** Runs ovn-nbctl like an operator or a foreign writer. Throws `CommandFailed`. */
  nbctl(...args: readonly string[]): Promise<string> {
    return mustRun(ovnBinary("ovn-nbctl"), [`--db=${this.nb}`, ...args]);
  }

  /** Runs ovn-sbctl. Throws `CommandFailed`. */
  sbctl(...args: readonly string[]): Promise<string> {
    return mustRun(ovnBinary("ovn-sbctl"), [`--db=${this.sb}`, ...args]);
  }

  /** The names in the Southbound database, sorted. A chassis comes there some time after its ovn-controller has started. */
  async chassisNames(): Promise<readonly string[]> {
    return (await this.sbctl("--bare", "--columns=name", "list", "Chassis")).split("\n").filter(Boolean).sort();
  }

  /** Waits until ovn-northd has seen everything that is in the Northbound database now. */
  async settle(): Promise<void> {
    await this.nbctl("--timeout=30", "--wait=sb", "sync");
  }

  /** The counters of a node of ovn-northd's engine since its start. Call `settle()` before. */
  async northdStats(node: "northd" | "lflow" = "northd"): Promise<NorthdStats> {
    const control = northdControl(this.#folder);
    return parseNorthdStats(await mustRun(ovnBinary("ovn-appctl"), ["-t", control, "inc-engine/show-stats", node]));
  }

  async stop(): Promise<void> {
    for (const owner of this.#owners.reverse()) await owner[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #endpoint(name: DatabaseName): string {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) throw new Error(`${name} is not running here`);
    return endpoint;
  }
}

/** Reads the output of `inc-engine/show-stats northd`. */
export function parseNorthdStats(text: string): NorthdStats {
  const counter = (name: string): number => {
    const found = new RegExp(`^- ${name}:\\s+(\\d+)$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`no counter "${name}" in:\n${text}`);
    return Number(found);
  };
  return { recompute: counter("recompute"), compute: counter("compute") };
}

/** Loaded machines miss the heartbeats of the default timer of a second. */
const electionTimerMs = 4_000;

/** The TCP port of a member of the Northbound database, counted from 0. */
export function northboundPort(member: number): number {
  return 6641 + 10 * member;
}

const tcpPorts: Readonly<Partial<Record<DatabaseName, number>>> = { OVN_Northbound: 6641, OVN_Southbound: 6642 };

async function startDatabase(
  folder: string,
  name: DatabaseName,
  namespaces: Namespaces | undefined,
): Promise<Database> {
  const own = join(folder, name);
  mkdirSync(own);
  const file = join(own, "db");
  await mustRun(ovnBinary("ovsdb-tool"), ["create", file, schemaFile(name)]);
  const endpoint = `unix:${join(own, "sock")}`;
  const remotes = namespaces === undefined ? [] : [`--remote=ptcp:${tcpPorts[name]}:0.0.0.0`];
  const process = await ManagedProcess.start({
    name: `ovsdb-server ${name}`,
    ...ovsdbServerCommand(own, file, [`--remote=p${endpoint}`, ...remotes]),
    ready: untilDatabase(endpoint, name, "connected"),
    namespaces,
  });
  return { endpoint, owner: process };
}

function northdControl(folder: string): string {
  return join(folder, "northd.ctl");
}

/** Starts ovn-northd between two databases. `folder` gets its log and its control socket. */
export function startNorthd(folder: string, nb: string, sb: string, namespaces?: Namespaces): Promise<ManagedProcess> {
  return ManagedProcess.start({
    name: "ovn-northd",
    command: ovnBinary("ovn-northd"),
    args: [
      `--ovnnb-db=${nb}`,
      `--ovnsb-db=${sb}`,
      `--unixctl=${northdControl(folder)}`,
      "-vconsole:info",
      "-vsyslog:off",
    ],
    logFile: join(folder, "northd.log"),
    env: { ...process.env, OVN_RUNDIR: folder, OVS_RUNDIR: folder },
    ready: untilLine(/ovn-northd lock acquired/),
    namespaces,
  });
}
