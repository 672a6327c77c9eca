// The CNI specification as data and pure functions: environment, configuration, results and errors of every version.

/** The supported versions, oldest first. Versions 0.3.0 and older lack features that Multus needs. */
export const cniVersions = ["0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;
export type CniVersion = (typeof cniVersions)[number];
export const newestVersion: CniVersion = "1.1.0";

/** Every command, with the first version that has it and its output on success (CNI specification, section 2). */
export const cniCommands = {
  ADD: { since: "0.3.1", prints: "result" },
  DEL: { since: "0.3.1", prints: "nothing" },
  CHECK: { since: "0.4.0", prints: "nothing" },
  GC: { since: "1.1.0", prints: "nothing" },
  STATUS: { since: "1.1.0", prints: "nothing" },
  VERSION: { since: "0.3.1", prints: "versions" },
} as const satisfies Record<string, { since: CniVersion; prints: "result" | "nothing" | "versions" }>;

export type CniCommand = keyof typeof cniCommands;

export function isCniVersion(value: unknown): value is CniVersion {
  return cniVersions.some((version) => version === value);
}

export function isCniCommand(value: unknown): value is CniCommand {
  return typeof value === "string" && Object.hasOwn(cniCommands, value);
}

/** True when `version` is `since` or newer. */
export function isCniVersionAtLeast(version: CniVersion, since: CniVersion): boolean {
  return cniVersions.indexOf(version) >= cniVersions.indexOf(since);
}

/** The answer to VERSION. It repeats `asked`, the cniVersion that the runtime wrote, as the specification wants. */
export function printVersions(asked: string = newestVersion): string {
  return `${JSON.stringify({ cniVersion: asked, supportedVersions: cniVersions })}\n`;
}
