import { AppError } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";

/** The signatures of Debian's suites are checked against these keys, which every Debian has. */
export const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

const targetFormat = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";

/** The mirror of Debian that apt of this machine uses. Throws `CommandFailed` when it uses none. */
export async function machinesMirror(): Promise<string> {
  const targets = ["indextargets", "--format", targetFormat, "Created-By: Packages"];
  let mirror = mirrorIn(await mustRun("apt-get", targets));
  if (mirror === undefined && process.getuid?.() === 0) {
    // A machine that has never read its lists does not know yet whose they are.
    await mustRun("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", "update"], { timeoutMs: 5 * 60_000 });
    mirror = mirrorIn(await mustRun("apt-get", targets));
  }
  if (mirror === undefined) throw new AppError("CommandFailed", "apt of this machine names no mirror of Debian");
  return mirror;
}

/** Reads `ORIGIN|LABEL|REPO_URI` lines. The security archive has a label of its own, and not all suites. */
export function mirrorIn(indexTargets: string): string | undefined {
  const fields = indexTargets.split("\n").map((line) => line.split("|"));
  return fields.find(([origin, label]) => origin === "Debian" && label === "Debian")?.[2];
}

/** The line of sources.list for a suite. */
export function sourceLine(mirror: string, suite: string): string {
  return `deb [signed-by=${debianKeys}] ${mirror} ${suite} main\n`;
}

/**
 * The text of an apt.conf for an apt that has every folder of its own under `folder`, and shares with the machine only how
 * it downloads: proxies and the like. `acquire` is what `apt-config dump Acquire` prints.
 */
export function privateAptConf(folder: string, acquire: string): string {
  const shared = acquire
    .split("\n")
    .filter((line) => /^Acquire::[^ ]+ "/.test(line) && !line.startsWith("Acquire::IndexTargets"));
  const own = {
    Dir: folder,
    "Dir::State::status": `${folder}/status`,
    "Dir::Etc::main": "/dev/null",
    "Dir::Etc::parts": "/dev/null",
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
  };
  return [...shared, ...Object.entries(own).map(([name, value]) => `${name} "${value}";`), ""].join("\n");
}
