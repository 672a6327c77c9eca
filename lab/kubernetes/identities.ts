import { globSync } from "node:fs";
import { root } from "#tools/source-files.ts";
import type { ControlPlane } from "./control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

/** The namespace of an installation. */
export const systemNamespace = "ovn4nfv-system";

/** The processes of an installation, each with a ServiceAccount and rules of its own. */
export const processNames = ["webhook", "controller", "agent", "cainjector"] as const;

export type ProcessName = (typeof processNames)[number];

/** The manifests with the rights of each process in an installation by the default overlay. */
export const rightsManifests: Readonly<Record<ProcessName | "uninstall", readonly string[]>> = {
  webhook: ["deploy/base/rbac/webhook.yaml", "deploy/overlays/self-signed/rbac/webhook.yaml"],
  controller: ["deploy/base/rbac/controller.yaml"],
  agent: ["deploy/base/rbac/agent.yaml"],
  cainjector: ["deploy/overlays/self-signed/rbac/cainjector.yaml"],
  uninstall: ["deploy/uninstall/job.yaml"],
};

function serviceAccountOf(process: ProcessName): string {
  return `ovn4nfv-${process}`;
}

/** The user name of the process in RBAC and the audit log. */
export function userNameOf(process: ProcessName | "uninstall"): string {
  return `system:serviceaccount:${systemNamespace}:ovn4nfv-${process}`;
}

/** The paths of kubeconfigs that give each process the rights of an installation. */
export type Identities = Readonly<Record<ProcessName, string>>;

/** Applies namespace, ServiceAccounts, rules and their limits of the default overlay, and takes a token for each process. */
export async function createIdentities(plane: ControlPlane): Promise<Identities> {
  const rules = globSync("deploy/{base,overlays/self-signed}/rbac/*.yaml", { cwd: root }).sort();
  const files = ["deploy/base/namespace.yaml", "deploy/base/own-writes.yaml", ...rules];
  await plane.administrator.apply(files.flatMap(readManifests));
  const paths = await Promise.all(
    processNames.map(async (process) => [
      process,
      await plane.createServiceAccountUser(systemNamespace, serviceAccountOf(process)),
    ]),
  );
  return Object.fromEntries(paths) as Identities;
}
