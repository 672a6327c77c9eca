// The Debian packages that the image of OVN is made of, by version and hash, in a file of the repository.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "../source-files.ts";

const lock = z.object({
  suite: z.string(),
  architecture: z.string(),
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      /** The path below a mirror of Debian. */
      path: z.string().regex(/^pool\/[\w+.~%/-]+\.deb$/),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export type PackageLock = Readonly<z.output<typeof lock>>;
export type LockedPackage = PackageLock["packages"][number];

export const packageLockFile: string = join(root, "deploy/ovn/image/packages.lock.json");

export function parsePackageLock(text: string): PackageLock {
  return lock.parse(JSON.parse(text));
}

export function readPackageLock(): PackageLock {
  return parsePackageLock(readFileSync(packageLockFile, "utf8"));
}

/** The text of the file, in the order of names. */
export function printPackageLock({ suite, architecture, packages }: PackageLock): string {
  const sorted = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `${JSON.stringify({ suite, architecture, packages: sorted }, undefined, 2)}\n`;
}

/** The version of OVN among the packages, without the revision of Debian: `25.03.0`. */
export function ovnVersion({ packages }: PackageLock): string {
  const version = packages.find(({ name }) => name === "ovn-common")?.version ?? "";
  return version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
}
