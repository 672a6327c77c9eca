// Downloads and unpacks the locked packages, and writes the lock anew.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { DebianPackages } from "../ovn/debian-packages.ts";
import { machinesMirror } from "../ovn/debian-mirror.ts";
import { ovnPackages } from "../ovn/ovn-suites.ts";
import { mustRun } from "../process/command.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { cacheFolder } from "../programs/tool-cache.ts";
import { ovnFiles, packageOf } from "./ovn-files.ts";
import type { LockedPackage, PackageLock } from "./package-lock.ts";

/** The suite whose OVN is in the image: the stable one. */
const suite = "trixie";
const architecture = "amd64";
const timeoutMs = 5 * 60_000;

/** Unpacks each package into a folder of its own below `folder`. Throws `CommandFailed` for one that is not to be had. */
export async function unpackLocked({ packages }: PackageLock, folder: string): Promise<void> {
  for (const one of packages) await unpack(await fetchLocked(one), join(folder, one.name));
}

/** The lock of what the suite has now: of all packages that the programs need, those of which a file is in the image. */
export async function renewedLock(): Promise<PackageLock> {
  using temporary = createTemporaryFolder("lock");
  const available = await DebianPackages.open(suite, join(temporary.path, "apt"));
  const candidates = await available.download([...ovnPackages, "busybox-static"]);
  const unpacked = join(temporary.path, "unpacked");
  mkdirSync(unpacked);
  for (const { file } of candidates) await unpack(file, join(unpacked, nameAndVersionOf(file).name));
  const used = new Set((await ovnFiles(unpacked)).map(({ origin }) => packageOf(unpacked, origin)));
  const packages = candidates.map(({ file, path }): LockedPackage => {
    return { ...nameAndVersionOf(file), path, sha256: sha256Of(file) };
  });
  return { suite, architecture, packages: packages.filter(({ name }) => used.has(name)) };
}

/** The path of a package in the user's cache, which gets it from the mirror of this machine. */
async function fetchLocked({ name, version, path, sha256 }: LockedPackage): Promise<string> {
  const folder = join(cacheFolder(process.env), "packages");
  const file = join(folder, `${sha256}_${basename(path)}`);
  if (existsSync(file) && sha256Of(file) === sha256) return file;
  const mirror = await machinesMirror();
  mkdirSync(folder, { recursive: true });
  const beside = `${file}.${process.pid}`;
  const from = `${mirror.replace(/\/$/, "")}/${path}`;
  try {
    await mustRun("/usr/lib/apt/apt-helper", ["download-file", from, beside, `SHA256:${sha256}`], { timeoutMs });
  } catch (cause) {
    const why = fromUnknown(cause).message;
    rmSync(beside, { force: true });
    throw new AppError(
      "CommandFailed",
      `${name} ${version} is not to be had from ${mirror}; where the suite has a newer one, run ` +
        `npm run image -- ovn --renew, which writes the lock anew: ${why}`,
      { cause },
    );
  }
  renameSync(beside, file);
  return file;
}

/** Debian names the file of a package `NAME_VERSION_ARCHITECTURE.deb`, and apt writes some characters as in a URL. */
function nameAndVersionOf(file: string): Pick<LockedPackage, "name" | "version"> {
  const [name = "", version = ""] = decodeURIComponent(basename(file)).split("_");
  return { name, version };
}

async function unpack(file: string, into: string): Promise<void> {
  await mustRun("dpkg-deb", ["--extract", file, into], { timeoutMs });
}

function sha256Of(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
