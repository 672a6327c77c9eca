import { open, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { readBackup } from "#src/ovsdb/backup/backup-file.ts";

const ownName = /^ovn-nb-\d{8}T\d{6}Z\.db$/;
const partName = /^ovn-nb-\d{8}T\d{6}Z\.db\.part$/;
/** Another run may be at work: by hand, beside the one of the night. */
const partLifeMs = 3_600_000;

/**
 * Refuses a folder that ends with its pod: an emptyDir, or the file system of a container where `isPod`. Throws `BackupInvalid`.
 * `mounts` is the table of mounts of this process.
 */
export async function assertKept(folder: string, isPod: boolean, mounts = "/proc/self/mountinfo"): Promise<void> {
  const path = await realpath(folder).catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = isMissing
      ? `there is no folder ${folder}; make it, or in a pod mount a volume there`
      : `the folder ${folder} cannot be used: ${fromUnknown(cause).message}`;
    throw new AppError("BackupInvalid", why, { cause });
  });
  const why = whyNotKept(await readFile(mounts, "utf8"), path);
  if (why === undefined || !isPod) return;
  throw new AppError(
    "BackupInvalid",
    `${folder} is ${why}, which ends with its pod; mount a PersistentVolumeClaim there`,
  );
}

/** Says why a folder ends with its pod, by the lines of mountinfo (proc_pid_mountinfo(5)); undefined when it stays. */
export function whyNotKept(mountInfo: string, path: string): string | undefined {
  const mounts = mountInfo
    .split("\n")
    .map((line) => line.split(" "))
    .map((words) => ({ root: words[3] ?? "", at: words[4] ?? "", type: words[words.indexOf("-") + 1] ?? "" }))
    .filter(({ at }) => at !== "" && (path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`)));
  // The later one of two mounts at one place is seen.
  const mount = mounts.reduce((best, one) => (one.at.length >= best.at.length ? one : best), {
    root: "",
    at: "",
    type: "",
  });
  if (/\/kubernetes\.io~empty-dir\//.test(mount.root)) return "an emptyDir";
  return mount.type === "overlay" && mount.at === "/" ? "in the file system of the container" : undefined;
}

/** Writes a backup under the name of its time, so that a file of that name is always whole, and reads it back. Gives its path. */
export async function storeBackup(folder: string, text: string, nowMs: number): Promise<string> {
  const path = join(folder, nameOf(nowMs));
  const part = `${path}.part`;
  const file = await open(part, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  readBackup(await readFile(part), part);
  await rename(part, path);
  // The new name must be on the disk before older backups are removed.
  const entries = await open(folder);
  try {
    await entries.sync();
  } finally {
    await entries.close();
  }
  return path;
}

/**
 * Removes the oldest backups of ours above `keep`, and parts of backups that were never whole: what is older than an hour is nobody's
 * any more. Gives the names of the backups.
 */
export async function removeOldBackups(folder: string, keep: number, nowMs: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).sort();
  const own = names.filter((name) => ownName.test(name));
  const old = own.slice(0, Math.max(0, own.length - keep));
  const abandoned = `${nameOf(nowMs - partLifeMs)}.part`;
  const parts = names.filter((name) => partName.test(name) && name < abandoned);
  for (const name of [...old, ...parts]) await rm(join(folder, name), { force: true });
  return old;
}

function nameOf(timeMs: number): string {
  return `ovn-nb-${new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.db`;
}
