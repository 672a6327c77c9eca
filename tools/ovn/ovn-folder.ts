import { chmodSync, copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";
import { schemaFiles } from "../programs/ovn-binaries.ts";
import { librariesIn, loaderScript } from "./own-loader.ts";

/** Where the packages have programs. Open vSwitch's daemon has two builds, of which a link of the installation chooses one. */
const programGlobs = ["usr/{bin,sbin}/ov{n,s,sdb}-*", "usr/lib/openvswitch-{common,switch}/ovs-vswitchd"];
const libraryFolders = "{lib,usr/lib}{,64,/*-linux-gnu}";

/**
 * Makes a folder that OVN_BINDIR can name out of unpacked packages: `bin` with a script for each program, `program` with the
 * programs, `lib` with what they load, and `share` with the schemas. `home` is the path that the folder will have at last.
 */
export async function makeOvnFolder(unpacked: string, folder: string, home: string): Promise<void> {
  for (const name of ["bin", "lib", "program"]) mkdirSync(join(folder, name), { recursive: true });
  const [loader] = globSync(`${libraryFolders}/ld-linux-*.so.*`, { cwd: unpacked }).map((path) => join(unpacked, path));
  if (loader === undefined) throw new AppError("CommandFailed", `${unpacked} has no loader of programs`);
  copyFileSync(loader, join(folder, "lib", basename(loader)));
  const searched = globSync(libraryFolders, { cwd: unpacked })
    .map((path) => join(unpacked, path))
    .join(":");
  for (const program of programsIn(unpacked)) {
    const name = basename(program);
    const listed = await mustRun(loader, ["--library-path", searched, "--list", program]);
    for (const [library, path] of librariesIn(listed)) {
      const copy = join(folder, "lib", library);
      if (!existsSync(copy)) copyFileSync(path, copy);
    }
    copyFileSync(program, join(folder, "program", name));
    const script = join(folder, "bin", name);
    writeFileSync(
      script,
      loaderScript(join(home, "lib", basename(loader)), join(home, "lib"), join(home, "program", name)),
    );
    chmodSync(script, 0o755);
  }
  for (const schema of Object.values(schemaFiles)) {
    const [found] = globSync(`usr/share/{ovn,openvswitch}/${schema}`, { cwd: unpacked });
    if (found === undefined) throw new AppError("CommandFailed", `${unpacked} has no ${schema}`);
    cpSync(join(unpacked, found), join(folder, found.replace(/^usr\//, "")));
  }
}

/** The compiled programs; the packages have scripts, too, which need an interpreter. */
function programsIn(unpacked: string): readonly string[] {
  const paths = programGlobs.flatMap((glob) => globSync(glob, { cwd: unpacked })).map((path) => join(unpacked, path));
  return paths.filter((path) => readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF");
}
