// Makes the image of OVN and Open vSwitch from locked Debian packages without a container tool. deploy/ovn/image/Dockerfile is the
// ordinary way to an image of the same programs.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { root } from "../source-files.ts";
import { type Image, writeImage } from "./image.ts";
import { unpackLocked } from "./locked-packages.ts";
import { ovnFiles, readFound } from "./ovn-files.ts";
import { ovnVersion, type PackageLock, readPackageLock } from "./package-lock.ts";
import { foldersOf } from "./program-files.ts";
import type { TarEntry } from "./tar.ts";

/** The script that starts every container of the image, and the one that it calls for the members of databases. */
export const ovnScripts: readonly string[] = ["ovn-run", "ovn-member"];

/** The commands of busybox that the script and its reader use. */
const applets =
  "awk cat cut date dirname grep head hostname ip kill ls mkdir mv ps rm sed sh sleep tail timeout tr true".split(" ");

export function ovnImageName(lock: PackageLock = readPackageLock()): string {
  return `ovn4nfv-ovn:${ovnVersion(lock)}`;
}

/** Resolves with the image: an equal lock and an equal script give equal bytes. */
export async function buildOvnImage(lock: PackageLock = readPackageLock()): Promise<Image> {
  using temporary = createTemporaryFolder("ovn-image");
  const unpacked = join(temporary.path, "packages");
  mkdirSync(unpacked);
  await unpackLocked(lock, unpacked);
  const found = (await ovnFiles(unpacked)).map((file): TarEntry => {
    const { path, executable } = file;
    return { kind: "file", path, content: readFound(file), executable };
  });
  const own: readonly TarEntry[] = [
    ...ovnScripts.map((name): TarEntry => {
      const content = readFileSync(join(root, `deploy/ovn/image/${name}.sh`));
      return { kind: "file", path: `usr/bin/${name}`, content, executable: true };
    }),
    { kind: "file", path: "etc/passwd", content: Buffer.from("root:x:0:0:root:/:/bin/sh\n") },
    { kind: "file", path: "etc/group", content: Buffer.from("root:x:0:\n") },
    ...applets.map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
    // Programs look for their sockets here.
    { kind: "link", path: "var/run", target: "/run" },
  ];
  const folders = foldersOf([...found, ...own].map(({ path }) => path));
  return writeImage({
    name: ovnImageName(lock),
    files: [...folders, ...["run", "tmp"].map((path): TarEntry => ({ kind: "folder", path })), ...found, ...own],
    entrypoint: ["/usr/bin/ovn-run"],
    command: ["help"],
    env: ["PATH=/usr/bin:/bin"],
  });
}
