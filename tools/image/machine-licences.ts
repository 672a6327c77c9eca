// Collects the licences of files that an image takes from the machine that makes it: its shell and its C library.
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { runCommand } from "../process/command.ts";

const commonLicence = /\/usr\/share\/common-licenses\/([A-Za-z0-9+-]+(?:\.[0-9]+)*)/g;

/**
 * The copyright files of the packages of Debian that own these files, and the licences that they refer to, as one text. A machine without
 * dpkg gives a line for each file instead.
 */
export async function machineLicences(paths: readonly string[]): Promise<string> {
  const owners = await Promise.all(paths.map(async (path) => ({ path, owner: await ownerOf(path) })));
  const names = [...new Set(owners.flatMap(({ owner }) => owner ?? []))].sort();
  const copyrights = await Promise.all(
    names.map(async (name) => titled(name, await readFile(copyrightOf(name), "utf8"))),
  );
  const referred = new Set(copyrights.flatMap((text) => [...text.matchAll(commonLicence)].map(([path]) => path)));
  const licences = await Promise.all(
    [...referred].sort().map(async (path) => titled(path, await readFile(path, "utf8"))),
  );
  const unknown = owners.flatMap(({ path, owner }) =>
    owner === undefined ? [`${path}: see the licences of its system`] : [],
  );
  return [...copyrights, ...licences, ...unknown.map((line) => `${line}\n`)].join("\n");
}

/** The package that owns a file; undefined when no package does, or there is no dpkg. Debian may know it without `/usr`. */
async function ownerOf(path: string): Promise<string | undefined> {
  const real = realpathSync(path);
  for (const asked of new Set([path, real, real.replace(/^\/usr\//, "/")])) {
    const { code, stdout } = await runCommand("dpkg-query", ["-S", asked]).catch(() => ({ code: 1, stdout: "" }));
    const owner = /^([a-z0-9.+-]+)[:,]/m.exec(stdout)?.[1];
    if (code === 0 && owner !== undefined && existsSync(copyrightOf(owner))) return owner;
  }
  return undefined;
}

function copyrightOf(name: string): string {
  return `/usr/share/doc/${name}/copyright`;
}

function titled(title: string, text: string): string {
  const line = "=".repeat(title.length);
  return `${line}\n${title}\n${line}\n\n${text.trimEnd()}\n`;
}
