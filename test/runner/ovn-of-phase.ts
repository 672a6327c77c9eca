import { fromUnknown } from "#src/core/errors.ts";
import { ensureOvn, type OvnRelease, versionIn, whyOvnIsMissing } from "#tools/ovn/ovn-cache.ts";
import type { OvnSuite } from "#tools/ovn/ovn-suites.ts";
import { mustRun } from "#tools/process/command.ts";
import { findProgram, type Program } from "#tools/programs/packages.ts";

/** The versions of OVN and Open vSwitch, as the programs print them. */
type OvnVersions = Pick<OvnRelease, "ovn" | "openVswitch">;

/** The plan for a phase that wants an OVN of its own: it runs with the programs of a folder, or it does not run. */
export type OvnOfPhase =
  | { readonly kind: "run"; readonly binaries: string; readonly versions: OvnVersions }
  /** The other phases have run on it. */
  | { readonly kind: "same"; readonly versions: OvnVersions }
  | { readonly kind: "missing"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

/** Finds the OVN of a suite for a phase. It is fetched when it is not there. */
export async function ovnOfPhase(suite: OvnSuite, env: NodeJS.ProcessEnv = process.env): Promise<OvnOfPhase> {
  const whyNot = whyOvnIsMissing(suite, env);
  if (whyNot !== false) return { kind: "missing", why: whyNot };
  try {
    return choose(await ensureOvn(suite, { env }), await versionsHere(env));
  } catch (error) {
    const why = fromUnknown(error).message;
    return env["CI"] === "true" ? { kind: "failed", why } : { kind: "missing", why };
  }
}

/** Decides by the versions: a second run on those that the other phases run on proves nothing more. */
export function choose(release: OvnRelease, here: OvnVersions): OvnOfPhase {
  const { ovn, openVswitch, binaries } = release;
  const versions = { ovn, openVswitch };
  if (here.ovn === ovn && here.openVswitch === openVswitch) return { kind: "same", versions };
  return { kind: "run", binaries, versions };
}

/** The reason for which a phase is left out. */
export function whyNotRun(own: Exclude<OvnOfPhase, { kind: "run" }>): string {
  if (own.kind === "same") return `run above, on ${printVersions(own.versions)}`;
  return own.kind === "missing" ? `not here: ${own.why}` : `failed: ${own.why}`;
}

export function printVersions({ ovn, openVswitch }: OvnVersions): string {
  return `OVN ${ovn} and Open vSwitch ${openVswitch}`;
}

/** The versions on which phases run that have no OVN of their own. */
async function versionsHere(env: NodeJS.ProcessEnv): Promise<OvnVersions> {
  const versionOf = async (name: Program): Promise<string> => {
    const path = findProgram(name, env);
    return path === undefined ? "none" : versionIn(await mustRun(path, ["--version"]));
  };
  return { ovn: await versionOf("ovn-controller"), openVswitch: await versionOf("ovs-vswitchd") };
}
