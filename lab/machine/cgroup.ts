import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const killTimeoutMs = 30_000;

/**
 * A cgroup of the top level, in every hierarchy that the kernel has (version 1: many, version 2: one). Each kubelet
 * needs one as its root: kubelets that share one clean up each other's pods.
 */
export class Cgroup {
  readonly name: string;
  readonly #hierarchies: CgroupHierarchies = cgroupHierarchies(readFileSync("/proc/self/mounts", "utf8"));

  constructor(name: string) {
    this.name = name;
  }

  /** The names of the cgroups of the top level that begin with `prefix`. */
  static find(prefix: string): readonly string[] {
    const { all } = cgroupHierarchies(readFileSync("/proc/self/mounts", "utf8"));
    const names = all.flatMap((root) => readdirSync(root)).filter((name) => name.startsWith(prefix));
    return [...new Set(names)];
  }

  create(): void {
    for (const root of this.#hierarchies.used) {
      const path = join(root, this.name);
      mkdirSync(path, { recursive: true });
      if (existsSync(join(root, "cgroup.subtree_control"))) delegate(root, path);
      // In version 1 a new cpuset has no processors and no memory, so that nothing can run in it.
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (!existsSync(join(root, "cgroup.subtree_control")) && existsSync(join(root, file))) {
          writeFileSync(join(path, file), readFileSync(join(root, file)));
        }
      }
    }
  }

  /** Moves a process, and with it everything that it will start, into a part of this cgroup. */
  adopt(pid: number): void {
    for (const root of this.#hierarchies.used) {
      // A cpuset of version 1 would first need processors, and we find all processes without it.
      if (existsSync(join(root, "cpuset.cpus")) && !existsSync(join(root, "cgroup.subtree_control"))) continue;
      const path = join(root, this.name, "node");
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "cgroup.procs"), String(pid));
    }
  }

  /** Kills every process in the cgroup and removes it. Does nothing when it does not exist. */
  async destroy(): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + killTimeoutMs;
    const folders = (): readonly string[] => this.#hierarchies.all.flatMap((root) => treeOf(join(root, this.name)));
    for (;;) {
      const pids = new Set(folders().flatMap(processesIn));
      if (pids.size === 0) break;
      if (systemClock.monotonicMs() > deadlineMs) {
        throw new AppError("CommandFailed", `processes ${[...pids].join(", ")} of cgroup ${this.name} do not end`);
      }
      for (const pid of pids) killNow(pid);
      // In version 1 no event tells that children of other processes have ended.
      await systemClock.sleep(10);
    }
    for (const folder of folders()) rmdirSync(folder);
  }
}

/** The mount points of cgroup hierarchies. */
export interface CgroupHierarchies {
  /** The hierarchies with the controllers: all of version 1, or the one of version 2. */
  readonly used: readonly string[];
  /** All hierarchies in which a container runtime may leave something, also a version 2 beside version 1. */
  readonly all: readonly string[];
}

export function cgroupHierarchies(mounts: string): CgroupHierarchies {
  const found = mounts.split("\n").map((line) => line.split(" "));
  const ofType = (type: string): readonly string[] =>
    found.filter((fields) => fields[2] === type).flatMap((fields) => fields[1] ?? []);
  const version1 = ofType("cgroup");
  const version2 = ofType("cgroup2");
  return { used: version1.length > 0 ? version1 : version2, all: [...version1, ...version2] };
}

/** Lets the children of `root` and of `path` use all controllers (version 2). */
function delegate(root: string, path: string): void {
  const controllers = readFileSync(join(root, "cgroup.controllers"), "utf8").trim().split(" ");
  const all = controllers.map((name) => `+${name}`).join(" ");
  for (const folder of [root, path]) writeFileSync(join(folder, "cgroup.subtree_control"), all);
}

/** The folder and all folders below it, the deepest first. */
function treeOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => treeOf(join(folder, entry.name))), folder];
}

function processesIn(folder: string): readonly number[] {
  const text = readFileSync(join(folder, "cgroup.procs"), "utf8");
  return text.split("\n").filter(Boolean).map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
