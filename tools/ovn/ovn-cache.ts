import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { type Progress, stderrProgress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { cacheFolder } from "../programs/tool-cache.ts";
import { DebianPackages } from "./debian-packages.ts";
import { makeOvnFolder } from "./ovn-folder.ts";
import { type OvnSuite, ovnPackages } from "./ovn-suites.ts";

const stored = z.object({
  /** The versions that the programs print, as `26.03.1`. */
  ovn: z.string(),
  openVswitch: z.string(),
  /** The folder with the programs, for OVN_BINDIR. */
  binaries: z.string(),
  askedAtMs: z.number(),
});

/** OVN and Open vSwitch of one suite in the user's cache. */
export type OvnRelease = Readonly<z.output<typeof stored>>;

/** A suite gets new versions, so it is asked again after this time. */
const freshMs = 7 * 24 * 3_600_000;

/** Fetches the OVN that a suite has now into a folder under `folder`. */
type OvnFetcher = (suite: OvnSuite, folder: string) => Promise<Omit<OvnRelease, "askedAtMs">>;

export interface OvnCacheOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  readonly clock?: Pick<Clock, "now">;
  readonly fetch?: OvnFetcher;
}

/**
 * OVN and Open vSwitch of a suite of Debian, fetched once and again when the suite has newer ones. Where the mirror does not
 * answer, what was fetched before goes on serving. Throws `CommandFailed` when there is nothing.
 */
export async function ensureOvn(suite: OvnSuite, options: OvnCacheOptions = {}): Promise<OvnRelease> {
  const { env = process.env, progress = stderrProgress(), clock = systemClock, fetch = fetchOvn } = options;
  const folder = join(cacheFolder(env), "ovn");
  const file = join(folder, `${suite}.json`);
  const known = readRelease(file);
  if (known !== undefined && isFresh(known, clock.now())) return known;
  using _lock = await MachineLock.acquire(`ovn${folder}`, (pid) => {
    progress.say(`waiting for process ${pid}, which fetches OVN into ${folder}`);
  });
  // We read again, because the process before us may have fetched it.
  const newer = readRelease(file);
  if (newer !== undefined && isFresh(newer, clock.now())) return newer;
  try {
    const fetched = await progress.during(`OVN of Debian ${suite}`, () => fetch(suite, folder));
    const release = { ...fetched, askedAtMs: clock.now() };
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, JSON.stringify(release, undefined, 2));
    renameSync(beside, file);
    removeOthers(join(folder, suite), [release, newer]);
    return release;
  } catch (error) {
    if (newer === undefined) throw error;
    progress.say(`OVN ${newer.ovn} of Debian ${suite} may be old: ${fromUnknown(error).message}`);
    return newer;
  }
}

/** True while a release need not be asked for again. A clock that was set back makes it stale. */
export function isFresh({ askedAtMs }: Pick<OvnRelease, "askedAtMs">, nowMs: number): boolean {
  return nowMs >= askedAtMs && nowMs - askedAtMs < freshMs;
}

/** For a test's `skip`: false when a suite is there or can be fetched, otherwise the reason. Always false with CI=true. */
export function whyOvnIsMissing(suite: OvnSuite, env: NodeJS.ProcessEnv = process.env): string | false {
  const file = join(cacheFolder(env), "ovn", `${suite}.json`);
  if (readRelease(file) !== undefined || existsSync("/usr/bin/apt-get") || env["CI"] === "true") return false;
  return `${cacheFolder(env)} has no OVN of Debian ${suite}, and this machine has no apt-get to fetch it`;
}

/** The first version number that a program prints. */
export function versionIn(printed: string): string {
  return /\d+\.\d+\.\d+/.exec(printed)?.[0] ?? "unknown";
}

const fetchOvn: OvnFetcher = async (suite, folder) => {
  using temporary = createTemporaryFolder("packages");
  const packages = await DebianPackages.open(suite, join(temporary.path, "apt"));
  const versions = [await packages.versionOf("ovn-central"), await packages.versionOf("openvswitch-switch")];
  const home = join(folder, suite, versions.join("_"));
  if (!existsSync(home)) {
    const unpacked = join(temporary.path, "unpacked");
    await packages.unpack(ovnPackages, unpacked);
    const beside = `${home}.${process.pid}`;
    mkdirSync(dirname(home), { recursive: true });
    await makeOvnFolder(unpacked, beside, home);
    renameSync(beside, home);
  }
  const binaries = join(home, "bin");
  const versionOf = async (name: string) => versionIn(await mustRun(join(binaries, name), ["--version"]));
  const [ovn, openVswitch] = [await versionOf("ovn-controller"), await versionOf("ovs-vswitchd")];
  return { ovn, openVswitch, binaries };
};

/** Undefined when nothing was fetched, or when it is gone. */
function readRelease(file: string): OvnRelease | undefined {
  if (!existsSync(file)) return undefined;
  const { success, data } = stored.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return success && existsSync(join(data.binaries, "ovn-northd")) ? data : undefined;
}

/** Removes old versions of a suite. The one before stays, because it may be running. */
function removeOthers(folder: string, kept: readonly (OvnRelease | undefined)[]): void {
  const homes = kept.flatMap((release) => (release === undefined ? [] : [dirname(release.binaries)]));
  for (const path of globSync("*", { cwd: folder }).map((name) => join(folder, name))) {
    if (!homes.includes(path)) rmSync(path, { recursive: true, force: true });
  }
}
