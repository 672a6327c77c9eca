import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab } from "./lab.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { cacheFolder } from "#tools/programs/tool-cache.ts";

/** The facts about a running lab that other processes need. */
export interface LabState {
  /** The process that keeps the lab. */
  readonly pid: number;
  readonly folder: string;
  readonly kubeconfig: string;
  /** They are empty when OVN runs in pods of the cluster. */
  readonly northbound: string;
  readonly southbound: string;
  /** The folder of OVN's programs, when the lab does not run those of the system. */
  readonly ovnBinaries?: string;
  /** Process ids that hold the namespaces of the machines, by name. */
  readonly machines: Readonly<Record<string, number>>;
}

export function describeLab(lab: Lab, env: NodeJS.ProcessEnv = process.env): LabState {
  const ovnBinaries = env["OVN_BINDIR"];
  const machines = [lab.center, ...lab.nodes.map(({ machine }) => machine)];
  return {
    pid: process.pid,
    folder: lab.folder,
    kubeconfig: lab.controlPlane.adminKubeconfig,
    northbound: lab.isBare ? "" : lab.central.nb,
    southbound: lab.isBare ? "" : lab.central.sb,
    ...(ovnBinaries === undefined ? {} : { ovnBinaries }),
    machines: Object.fromEntries(machines.map(({ name, pid }) => [name, pid])),
  };
}

/** The namespaces of a machine of the lab: `cp`, or a node such as `n1`. */
export function namespacesOf({ machines }: LabState, name: string): Required<Namespaces> {
  const pid = machines[name];
  if (pid === undefined) throw new Error(`no machine "${name}"; there are ${Object.keys(machines).join(", ")}`);
  return { net: `/proc/${pid}/ns/net`, mount: `/proc/${pid}/ns/mnt` };
}

export function labStateFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "lab.json");
}

export function writeLabState(state: LabState, file: string = labStateFile()): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(state, undefined, 2), { mode: 0o600 });
}

/** The state that process `holder` wrote, or undefined when it has not (yet). */
export function readLabState(holder: number | undefined, file: string = labStateFile()): LabState | undefined {
  if (holder === undefined || !existsSync(file)) return undefined;
  const state = JSON.parse(readFileSync(file, "utf8")) as LabState;
  return state.pid === holder ? state : undefined;
}

/** The file with the output of the process that keeps the lab. */
export function labLogFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "lab.log");
}

/** Removes the files that `up` has written for other processes. */
export function removeLabState(file: string = labStateFile(), logFile: string = labLogFile()): void {
  for (const path of [file, logFile]) rmSync(path, { force: true });
}
