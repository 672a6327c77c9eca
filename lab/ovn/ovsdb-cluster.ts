// A real RAFT cluster of ovsdb-servers in a temporary folder, whose members can be killed, frozen and cut off.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { type DatabaseName, ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { ovsdbServerCommand, untilDatabase } from "./ovsdb-server.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { UnixRelay } from "./unix-relay.ts";

export interface OvsdbClusterOptions {
  /** OVN_Northbound by default. */
  readonly database?: DatabaseName;
  /** 3 by default. */
  readonly members?: number;
  /** Allows `cutOff`: RAFT traffic then passes through this process. */
  readonly relayed?: boolean;
  /** 1000 by default, like the server's. */
  readonly electionTimerMs?: number;
  /** The namespaces in which the members run. */
  readonly namespaces?: Namespaces | undefined;
  /** The TCP port on which a member, counted from 0, listens on every address of its namespaces. By default none does. */
  readonly tcpPort?: (member: number) => number;
}

export interface ClusterMember {
  readonly name: string;
  readonly endpoint: string;
  readonly process: ManagedProcess;
  readonly controlSocket: string;
  /** The database file: the log of RAFT. */
  readonly file: string;
}

/** Copies of the database files of all members, in a folder that ends with the cluster. */
export interface ClusterBackup {
  readonly folder: string;
}

const handOverPolls = 40;

export interface OvsdbCluster extends AsyncDisposable {
  readonly database: DatabaseName;
  /** The members of the moment. They may be added and removed. */
  readonly members: readonly ClusterMember[];
  readonly endpoints: readonly string[];
  /**
   * The member that leads. All members that run and are not cut off must agree on it; this waits for the end of an
   * election.
   */
  leader(timeoutMs?: number): Promise<ClusterMember>;
  /** Makes the leader give its lead to another member, as it does before it writes a snapshot. */
  handOver(): Promise<void>;
  /** Separates a member from the others. Clients still reach it. Needs `relayed`. */
  cutOff(member: ClusterMember): void;
  heal(member: ClusterMember): Promise<void>;
  /** The endpoint that the member of this number has or will have, counted from 1, for clients that start before it. */
  endpointOf(number: number): string;
  /** Adds a member while the others run, and returns when it has all rows. Not for a relayed cluster. */
  addMember(): Promise<ClusterMember>;
  /** Lets a member leave the cluster, and ends it. */
  removeMember(member: ClusterMember): Promise<void>;
  /** Copies the volume of each member, as it is now. */
  backUp(): ClusterBackup;
  /** Stops all members, puts the copies back, and starts the members again. Returns when they have a quorum. */
  restore(backup: ClusterBackup): Promise<void>;
}

/** Starts the members one after the other on unix sockets. There is a quorum after each start. */
export async function startOvsdbCluster(options: OvsdbClusterOptions = {}): Promise<OvsdbCluster> {
  const { database = "OVN_Northbound", members: count = 3, relayed = false, electionTimerMs = 1_000 } = options;
  const { namespaces, tcpPort } = options;
  const temporary = createTemporaryFolder("raft");
  const names = Array.from({ length: count }, (_, i) => `s${i + 1}`);
  const relays = relayed ? await openRelays(temporary.path, names) : [];
  const members: ClusterMember[] = [];
  let started = 0;
  const startNext = async (): Promise<ClusterMember> => {
    const remotes = tcpPort === undefined ? [] : [`--remote=ptcp:${tcpPort(started)}:0.0.0.0`];
    started += 1;
    const name = `s${started}`;
    const common = { root: temporary.path, first: members[0]?.name ?? name, database, relayed, electionTimerMs };
    const member = await startMember({ ...common, namespaces, name, remotes });
    members.push(member);
    return member;
  };
  for (let n = 0; n < count; n += 1) await startNext();
  const cut = new Set<ClusterMember>();
  const leader = (timeoutMs = 60_000): Promise<ClusterMember> =>
    findLeader(database, () => members.filter((member) => !cut.has(member)), timeoutMs);
  const relaysOf = (member: ClusterMember) => relays.filter(({ ends }) => ends.includes(member.name));
  return {
    database,
    members,
    get endpoints() {
      return members.map(({ endpoint }) => endpoint);
    },
    leader,
    endpointOf: (number) => `unix:${join(temporary.path, `s${number}`, "sock")}`,
    addMember: startNext,
    async removeMember(member) {
      await mustRun(ovnBinary("ovs-appctl"), ["-t", member.controlSocket, "cluster/leave", database]);
      await mustRun(ovnBinary("ovsdb-client"), ["wait", member.endpoint, database, "removed"], { timeoutMs: 60_000 });
      members.splice(members.indexOf(member), 1);
      await member.process.stop();
    },
    async handOver() {
      const { name, controlSocket } = await leader();
      const target = ["-t", controlSocket, "--timeout=10"];
      // The election that follows may be won by the same member, which then has to be asked again.
      while ((await leader()).name === name) {
        await mustRun(ovnBinary("ovs-appctl"), [...target, "cluster/failure-test", "transfer-leadership"]);
        for (let n = 0; n < handOverPolls && (await leader()).name === name; n += 1) await systemClock.sleep(50);
      }
    },
    cutOff(member) {
      if (!relayed) throw new AppError("Internal", "a member can be cut off only in a relayed cluster");
      cut.add(member);
      for (const { relay } of relaysOf(member)) relay.cut();
    },
    async heal(member) {
      cut.delete(member);
      for (const { relay } of relaysOf(member)) await relay.open();
    },
    backUp() {
      const folder = mkdtempSync(join(temporary.path, "backup-"));
      for (const { name, file } of members) copyFileSync(file, join(folder, name));
      return { folder };
    },
    async restore({ folder }) {
      await Promise.all(members.map(({ process }) => process.kill()));
      for (const { name, file } of members) copyFileSync(join(folder, name), file);
      await Promise.all(members.map(({ process }) => process.start()));
    },
    async [Symbol.asyncDispose]() {
      for (const { relay } of relays) relay.cut();
      await Promise.all(members.map(({ process }) => process.kill()));
      temporary.remove();
    },
  };
}

// Each server looks up a relative `unix:` address in its own OVS_RUNDIR. So the address of a member can lead one peer to
// its socket, and another peer to a relay.
async function openRelays(root: string, names: readonly string[]) {
  const relays: { readonly ends: readonly string[]; readonly relay: UnixRelay }[] = [];
  for (const from of names) {
    mkdirSync(join(root, from));
    for (const to of names.filter((name) => name !== from)) {
      const relay = new UnixRelay(join(root, from, `${to}.raft`), join(root, to, `${to}.raft`));
      await relay.open();
      relays.push({ ends: [from, to], relay });
    }
  }
  return relays;
}

interface MemberSpec {
  readonly root: string;
  readonly name: string;
  readonly first: string;
  readonly database: DatabaseName;
  readonly relayed: boolean;
  readonly electionTimerMs: number;
  readonly namespaces: Namespaces | undefined;
  readonly remotes: readonly string[];
}

async function startMember(spec: MemberSpec): Promise<ClusterMember> {
  const { root, name, first, database, relayed, electionTimerMs, namespaces, remotes } = spec;
  const folder = join(root, name);
  if (!existsSync(folder)) mkdirSync(folder);
  const address = (member: string): string =>
    relayed ? `unix:${member}.raft` : `unix:${join(root, member, `${member}.raft`)}`;
  const file = join(folder, "db");
  const tool = ovnBinary("ovsdb-tool");
  if (name === first) {
    const timer = `--election-timer=${electionTimerMs}`;
    await mustRun(tool, [timer, "create-cluster", file, schemaFile(database), address(name)]);
  } else {
    await mustRun(tool, ["join-cluster", file, database, address(name), address(first)]);
  }
  const endpoint = `unix:${join(folder, "sock")}`;
  const process = await ManagedProcess.start({
    name: `ovsdb-server ${database} ${name}`,
    ...ovsdbServerCommand(folder, file, [`--remote=p${endpoint}`, ...remotes]),
    ready: untilDatabase(endpoint, database, "connected"),
    namespaces,
  });
  return { name, endpoint, process, controlSocket: join(folder, "ctl"), file };
}

async function findLeader(
  database: DatabaseName,
  candidates: () => readonly ClusterMember[],
  timeoutMs: number,
): Promise<ClusterMember> {
  const signal = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const running = candidates().filter(({ process }) => process.running);
    const views = await Promise.all(running.map((member) => viewOf(member, database)));
    const [leader, second] = running.filter((_, n) => views[n]?.leads === true);
    const terms = new Set(views.map((view) => view?.term));
    // A member that was cut off comes back with a newer term, and then the others vote again.
    const agreed = terms.size === 1 && views.every((view) => view?.leader !== "unknown");
    if (leader !== undefined && second === undefined && agreed) return leader;
    // No event announces an election to a process that is not a client of the winner.
    await systemClock.sleep(50, signal);
  }
}

interface MemberView {
  readonly term: string;
  /** `self`, the first digits of another member's id, or `unknown`. */
  readonly leader: string;
  readonly leads: boolean;
}

/** The cluster as a member sees it; undefined when the member does not answer. */
async function viewOf(member: ClusterMember, database: DatabaseName): Promise<MemberView | undefined> {
  const args = ["-t", member.controlSocket, "--timeout=1", "cluster/status", database];
  const { code, stdout } = await runCommand(ovnBinary("ovs-appctl"), args);
  if (code !== 0) return undefined;
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(stdout)?.[1] ?? "unknown";
  const leader = field("Leader");
  return { term: field("Term"), leader, leads: leader === "self" };
}
