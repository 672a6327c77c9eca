// The file system of a plain Debian, as the base images of the Dockerfile have it. No registry of images is needed for it.
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "../process/command.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { type Progress, stderrProgress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { ensurePrograms } from "./packages.ts";
import { cacheFolder } from "./tool-cache.ts";

export const debianSuite = "bookworm";

/** Resolves with the path of the archive in the user's cache. The first call makes it, as root, which takes a minute. */
export async function ensureDebianBase(progress: Progress = stderrProgress()): Promise<string> {
  const archive = join(cacheFolder(process.env), `debian-${debianSuite}`, "base.tar");
  if (existsSync(archive)) return archive;
  await ensurePrograms(["debootstrap"], progress);
  using _lock = await MachineLock.acquire(`debian-base${archive}`);
  // We check again, because the process before us may have made it.
  if (existsSync(archive)) return archive;
  using folder = createTemporaryFolder("debian");
  const system = join(folder.path, "base");
  const timeoutMs = 10 * 60_000;
  await progress.during(`debootstrap ${debianSuite}`, () =>
    mustRun("debootstrap", ["--variant=minbase", debianSuite, system], { timeoutMs }),
  );
  await mkdir(dirname(archive), { recursive: true });
  const without = ["./proc/*", "./sys/*", "./var/cache/apt/archives/*.deb"].map((path) => `--exclude=${path}`);
  await mustRun("tar", ["-C", system, "--one-file-system", ...without, "-cf", `${archive}.new`, "."], { timeoutMs });
  await rename(`${archive}.new`, archive);
  return archive;
}
