import { globSync } from "node:fs";
import { root } from "#tools/source-files.ts";
import type { ControlPlane } from "./control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

/** The namespace of an installation. */
export const systemNamespace = "ovn4nfv-system";

/** The processes of an installation, each with a ServiceAccount and rules of its own. */
export const processNames = ["webhook", "controller", "agent"] as const;

export type ProcessName = (typeof processNames)[number];

function serviceAccountOf(process: ProcessName): string {
  return `ovn4nfv-${process}`;
}

/** The user name of the process in RBAC and the audit log. */
export function userNameOf(process: ProcessName | "uninstall"): string {
  return `system:serviceaccount:${systemNamespace}:ovn4nfv-${process}`;
}

/** The paths of kubeconfigs that give each process the rights of an installation. */
export type Identities = Readonly<Record<ProcessName, string>>;

/** Applies namespace, ServiceAccounts and rules of deploy/base, and takes a token for each process. */
export async function createIdentities(plane: ControlPlane): Promise<Identities> {
  const rules = globSync("deploy/base/rbac/*.yaml", { cwd: root }).sort();
  await plane.kubectl.apply(["deploy/base/namespace.yaml", ...rules].flatMap(readManifests));
  const [webhook, controller, agent] = await Promise.all(
    processNames.map((process) => plane.createServiceAccountUser(systemNamespace, serviceAccountOf(process))),
  );
  return { webhook, controller, agent } as Identities;
}
