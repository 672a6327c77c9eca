import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import { labPlan } from "../machine/lab-plan.ts";
import { ovnEnvironment } from "./lab-ovn.ts";
import { type LabState, namespacesOf } from "./lab-state.ts";
import { productFile } from "#tools/build/product-file.ts";

/** Where a shell has to run, and with which environment, so that the programs of the lab are simply there. */
export interface LabShell {
  readonly namespaces: Namespaces;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes a place for a shell of an administrator: `kubectl`, `kubectl ovn4nfv`, `ovn4nfv`, `ovn-nbctl` and `ovn-sbctl` are
 * on the PATH and know the lab. Their files are written into `folder`, which must be empty and stay while the shell runs.
 */
export async function makeLabShell(state: LabState, folder: string): Promise<LabShell> {
  const { kubectl } = await ensureTools(["kubectl"]);
  const programs = join(folder, "bin");
  mkdirSync(programs);
  symlinkSync(kubectl, join(programs, "kubectl"));
  const program = join(programs, "ovn4nfv");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${productFile}" "$@"\n`);
  chmodSync(program, 0o755);
  const isInPods = state.northbound === "";
  if (isInPods) writeToolsOfPods(programs);
  // A copy: a shell may choose a namespace for itself.
  const kubeconfig = join(folder, "kubeconfig");
  copyFileSync(state.kubeconfig, kubeconfig);
  const folders = [
    programs,
    join(root, "deploy/plugin"),
    dirname(ovnBinary("ovn-nbctl", ovnEnvironment(state))),
    process.env["PATH"],
  ];
  return {
    namespaces: { net: namespacesOf(state, "cp").net },
    env: {
      ...withSources(),
      PATH: folders.join(":"),
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(folder, "kube-cache"),
      ...(isInPods ? {} : endpoints),
    },
  };
}

const endpoints = {
  OVN_NB_DB: labPlan.northbound,
  OVN_SB_DB: labPlan.southbound,
  OVN4NFV_NB: labPlan.northbound,
  OVN4NFV_SB: labPlan.southbound,
};

/** Where OVN runs in pods, its tools run there, because only our processes reach the databases from outside. */
function writeToolsOfPods(folder: string): void {
  for (const name of ["ovn-nbctl", "ovn-sbctl"]) {
    const inside = `-n ovn4nfv-system exec -i ovn-central-0 -c northd -- ${name}`;
    writeFileSync(join(folder, name), `#!/bin/sh\nexec kubectl ${inside} "$@"\n`, { mode: 0o755 });
  }
}
