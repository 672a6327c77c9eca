import { fromUnknown } from "#src/core/errors.ts";
import { ensureOvn, versionIn, whyOvnIsMissing } from "#tools/ovn/ovn-cache.ts";
import { mustRun } from "#tools/process/command.ts";
import { ensureKubernetes } from "#tools/programs/kubernetes-versions.ts";
import { findProgram, type Program } from "#tools/programs/packages.ts";
import { hasGo } from "#tools/programs/go-build.ts";
import { tools } from "#tools/programs/tools.ts";
import type { Phase } from "./phases.ts";

/** The versions on which tests run, as the programs print them. */
export interface ProgramVersions {
  readonly ovn: string;
  readonly openVswitch: string;
  readonly kubernetes: string;
}

/** The programs of a phase that wants its own: how its files find them, or the reason for which it does not run. */
export type PhasePrograms =
  | { readonly kind: "run"; readonly env: Readonly<Record<string, string>>; readonly versions: ProgramVersions }
  /** The other phases have run on the same versions. */
  | { readonly kind: "same"; readonly versions: ProgramVersions }
  | { readonly kind: "missing"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

type Wanted = Pick<Phase, "ovn" | "kubernetes" | "repeats">;

/** Finds the programs of a phase. They are fetched or built when they are not there. */
export async function programsOf(phase: Wanted, env: NodeJS.ProcessEnv = process.env): Promise<PhasePrograms> {
  const whyNot = whyMissing(phase, env);
  if (whyNot !== false) return { kind: "missing", why: whyNot };
  try {
    const here = await versionsHere(env);
    const { ovn, kubernetes } = phase;
    const release = ovn === undefined ? undefined : await ensureOvn(ovn, { env });
    const assets = kubernetes === undefined ? undefined : await ensureKubernetes(kubernetes, { env });
    const versions = {
      ovn: release?.ovn ?? here.ovn,
      openVswitch: release?.openVswitch ?? here.openVswitch,
      kubernetes: kubernetes ?? here.kubernetes,
    };
    if (phase.repeats !== true && areSame(versions, here)) return { kind: "same", versions };
    const folders = {
      ...(release === undefined ? {} : { OVN_BINDIR: release.binaries }),
      ...(assets === undefined ? {} : { KUBEBUILDER_ASSETS: assets }),
    };
    return { kind: "run", env: folders, versions };
  } catch (error) {
    const why = fromUnknown(error).message;
    return env["CI"] === "true" ? { kind: "failed", why } : { kind: "missing", why };
  }
}

/** A second run on the versions that the other phases run on proves nothing more. */
export function areSame(wanted: ProgramVersions, here: ProgramVersions): boolean {
  return wanted.ovn === here.ovn && wanted.openVswitch === here.openVswitch && wanted.kubernetes === here.kubernetes;
}

/** The reason for which a phase is left out. */
export function whyNotRun(programs: Exclude<PhasePrograms, { kind: "run" }>): string {
  if (programs.kind === "same") return `run above, on ${printVersions(programs.versions)}`;
  return programs.kind === "missing" ? `not here: ${programs.why}` : `failed: ${programs.why}`;
}

export function printVersions({ ovn, openVswitch, kubernetes }: ProgramVersions): string {
  return `OVN ${ovn}, Open vSwitch ${openVswitch}, Kubernetes ${kubernetes}`;
}

function whyMissing({ ovn, kubernetes }: Wanted, env: NodeJS.ProcessEnv): string | false {
  const whyNoOvn = ovn !== undefined && whyOvnIsMissing(ovn, env);
  if (whyNoOvn !== false) return whyNoOvn;
  return (
    kubernetes !== undefined && !hasGo(env) && env["CI"] !== "true" && `Go, which builds ${kubernetes}, is missing`
  );
}

/** The versions on which phases run that want nothing of their own. */
async function versionsHere(env: NodeJS.ProcessEnv): Promise<ProgramVersions> {
  const versionOf = async (name: Program): Promise<string> => {
    const path = findProgram(name, env);
    return path === undefined ? "none" : versionIn(await mustRun(path, ["--version"]));
  };
  return {
    ovn: await versionOf("ovn-controller"),
    openVswitch: await versionOf("ovs-vswitchd"),
    kubernetes: tools["kube-apiserver"].module.version,
  };
}
