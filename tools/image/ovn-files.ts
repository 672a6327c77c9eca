// Chooses the files of the image of OVN from unpacked packages: programs, what they load, schemas and licences.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { librariesIn } from "../ovn/own-loader.ts";
import { mustRun } from "../process/command.ts";
import { schemaFiles } from "../programs/ovn-binaries.ts";

/** The programs of the image. Open vSwitch's daemon has two builds, of which this is the one without DPDK. */
const programs = [
  "ovn-appctl",
  "ovn-controller",
  "ovn-nbctl",
  "ovn-northd",
  "ovn-sbctl",
  "ovn-trace",
  "ovs-appctl",
  "ovs-dpctl",
  "ovs-ofctl",
  "ovs-vsctl",
  "ovs-vswitchd",
  "ovsdb-client",
  "ovsdb-server",
  "ovsdb-tool",
] as const;

const programFolders = "usr/{bin,sbin,lib/openvswitch-common,lib/openvswitch-switch}";
const libraryFolders = "usr/lib{64,,/*-linux-gnu}";

/** A file of the image, and where it is now. */
export interface FoundFile {
  readonly path: string;
  readonly origin: string;
  readonly executable: boolean;
}

/** Each package is unpacked in a folder of its own below `folder`, which has its name. Throws `CommandFailed`. */
export async function ovnFiles(folder: string): Promise<readonly FoundFile[]> {
  const only = (pattern: string): string => {
    const [found] = globSync(`*/${pattern}`, { cwd: folder }).sort();
    if (found === undefined) throw new AppError("CommandFailed", `no package has ${pattern}`);
    return join(folder, found);
  };
  const loader = only("usr/lib/*-linux-gnu/ld-linux-*.so.*");
  const searched = globSync(`*/${libraryFolders}`, { cwd: folder }).sort();
  const libraryPath = searched.map((path) => join(folder, path)).join(":");
  const found = new Map<string, FoundFile>();
  const add = (path: string, origin: string, executable: boolean): void => {
    found.set(path, { path, origin, executable });
  };
  // Programs name the loader by this path.
  add(`lib64/${basename(loader)}`, loader, true);
  for (const name of programs) {
    const program = only(`${programFolders}/${name}`);
    add(`usr/bin/${name}`, program, true);
    const listed = await mustRun(loader, ["--library-path", libraryPath, "--list", program]);
    for (const [library, path] of librariesIn(listed)) add(`usr/lib/${library}`, path, true);
  }
  add("bin/busybox", only("usr/bin/busybox"), true);
  for (const schema of Object.values(schemaFiles)) {
    const place = schema.startsWith("ovn") ? "ovn" : "openvswitch";
    add(`usr/share/${place}/${schema}`, only(`usr/share/${place}/${schema}`), false);
  }
  for (const name of new Set([...found.values()].map(({ origin }) => packageOf(folder, origin)))) {
    const copyright = only(`usr/share/doc/${name}/copyright`);
    add(`usr/share/doc/${name}/copyright`, copyright, false);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The name of the package in whose folder a file is. */
export function packageOf(folder: string, origin: string): string {
  return origin.slice(folder.length + 1).split("/")[0] ?? "";
}

export function readFound({ origin }: FoundFile): Buffer {
  return readFileSync(origin);
}
