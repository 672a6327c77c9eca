import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { type CommandOptions, mustRun } from "../process/command.ts";
import { machinesMirror, privateAptConf, sourceLine } from "./debian-mirror.ts";

const timeoutMs = 5 * 60_000;

export interface DownloadedPackage {
  readonly file: string;
  /** The path below the mirror: `pool/main/o/ovn/...`. */
  readonly path: string;
}

/** Reads lines of `apt-get --print-uris`: the path below the mirror of each file that apt would write. */
export function pathsIn(uris: string): ReadonlyMap<string, string> {
  const lines = uris.matchAll(/^'\S+?\/(pool\/\S+)' (\S+) \d+ \S+$/gm);
  return new Map([...lines].map(([, path = "", file = ""]) => [file, path]));
}

/** Packages of one suite of Debian, whichever suite the machine has itself. Nothing is installed on the machine. */
export class DebianPackages {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#env = { ...process.env, APT_CONFIG: join(folder, "apt.conf"), DEBIAN_FRONTEND: "noninteractive" };
  }

  /** Reads the lists of a suite into an empty folder. Throws `CommandFailed` where apt has no mirror of Debian. */
  static async open(suite: string, folder: string): Promise<DebianPackages> {
    const mirror = await machinesMirror();
    for (const path of ["etc/apt", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(folder, "status"), "");
    writeFileSync(join(folder, "etc/apt/sources.list"), sourceLine(mirror, suite));
    writeFileSync(join(folder, "apt.conf"), privateAptConf(folder, await mustRun("apt-config", ["dump", "Acquire"])));
    const packages = new DebianPackages(folder);
    await packages.#run("apt-get", ["-q", "update"]);
    return packages;
  }

  /** The version of a package in this suite, as `26.03.1-1`. */
  async versionOf(name: string): Promise<string> {
    const shown = await this.#run("apt-cache", ["show", "--no-all-versions", name]);
    const version = /^Version: (\S+)$/m.exec(shown)?.[1];
    if (version === undefined) throw new AppError("CommandFailed", `the suite has no package ${name}`);
    return version;
  }

  /** Downloads packages with all that they depend on. */
  async download(names: readonly string[]): Promise<readonly DownloadedPackage[]> {
    const install = ["-q", "-y", "install", ...names];
    const paths = pathsIn(await this.#run("apt-get", ["--print-uris", ...install]));
    await this.#run("apt-get", ["--download-only", ...install]);
    return globSync(join(this.#folder, "var/cache/apt/archives/*.deb"))
      .sort()
      .map((file) => ({ file, path: paths.get(basename(file)) ?? "" }));
  }

  /** Downloads packages with all that they depend on, and unpacks them into a folder. */
  async unpack(names: readonly string[], into: string): Promise<void> {
    mkdirSync(into, { recursive: true });
    for (const { file } of await this.download(names)) {
      await mustRun("dpkg-deb", ["--extract", file, into], { timeoutMs });
    }
  }

  #run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return mustRun(command, args, { ...options, env: this.#env, timeoutMs });
  }
}
