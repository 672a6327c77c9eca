import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { AppError } from "#src/core/errors.ts";

const schemaFolders = [
  "/usr/share/ovn",
  "/usr/share/openvswitch",
  "/usr/local/share/ovn",
  "/usr/local/share/openvswitch",
];

export const schemaFiles = {
  OVN_Northbound: "ovn-nb.ovsschema",
  OVN_Southbound: "ovn-sb.ovsschema",
  Open_vSwitch: "vswitch.ovsschema",
} as const;

export type DatabaseName = keyof typeof schemaFiles;

/** The path of a program of OVS or OVN: only from OVN_BINDIR when that is set, otherwise from PATH or the system folders. */
export function ovnBinary(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const own = env["OVN_BINDIR"];
  const folders = own === undefined ? [...(env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/bin"] : [own];
  return firstReadable(name, folders, constants.X_OK);
}

/** The path of a schema. With OVN_BINDIR, the `../share` of that release comes first. */
export function schemaFile(database: DatabaseName, env: NodeJS.ProcessEnv = process.env): string {
  const own = env["OVN_BINDIR"];
  const shares = own === undefined ? [] : ["../share/ovn", "../share/openvswitch", "."].map((path) => join(own, path));
  return firstReadable(schemaFiles[database], [...shares, ...schemaFolders], constants.R_OK);
}

function firstReadable(name: string, folders: readonly string[], mode: number): string {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, mode);
      return path;
    } catch {
      // It is not in this folder.
    }
  }
  throw new AppError(
    "CommandFailed",
    `${name} is in none of ${folders.join(", ")}: install OVS and OVN, or set OVN_BINDIR`,
  );
}
