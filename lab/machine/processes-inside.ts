import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

const endTimeoutMs = 30_000;
const kinds = ["net", "mnt"] as const;

/** The network and the mount namespace of a process, as the kernel names them: `net:[4026531840]`. */
export type NamespaceIds = ReadonlySet<string>;

/** Reads the namespaces of a process. Empty when it has ended. */
export function namespaceIdsOf(pid: number | "self"): NamespaceIds {
  return new Set(kinds.flatMap((kind) => linkTarget(`/proc/${pid}/ns/${kind}`) ?? []));
}

/**
 * The namespaces of a process, which stay until this is disposed of. Otherwise the kernel gives the ids of namespaces that are
 * gone to new ones, and whoever ends the processes in them would end those of others.
 */
export class HeldNamespaces implements Disposable {
  readonly ids: NamespaceIds;
  readonly #files: readonly number[];

  constructor(pid: number) {
    this.#files = kinds.map((kind) => openSync(`/proc/${pid}/ns/${kind}`, "r"));
    this.ids = namespaceIdsOf(pid);
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) closeSync(file);
  }
}

/**
 * Kills every process that is in one of the namespaces, whoever started it, and waits until they have ended. Throws
 * `Internal` for namespaces of our own, in which the whole real machine is.
 */
export async function endProcessesIn(namespaces: NamespaceIds): Promise<void> {
  if (isIn(namespaces, "self")) {
    throw new AppError("Internal", "these are the namespaces of the real machine");
  }
  const deadlineMs = systemClock.monotonicMs() + endTimeoutMs;
  for (;;) {
    const pids = processIds().filter((pid) => isIn(namespaces, pid));
    if (pids.length === 0) return;
    if (systemClock.monotonicMs() > deadlineMs) {
      throw new AppError("CommandFailed", `processes ${pids.join(", ")} of a machine do not end`);
    }
    for (const pid of pids) kill(pid);
    // No event tells that children of other processes have ended.
    await systemClock.sleep(10);
  }
}

function isIn(namespaces: NamespaceIds, pid: number | "self"): boolean {
  return [...namespaceIdsOf(pid)].some((id) => namespaces.has(id));
}

function processIds(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Undefined for a process that has ended, and for one that is waiting to be collected by its parent. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
