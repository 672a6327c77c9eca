// Reads the rights that a manifest gives, and those that are used according to the API server's audit log, in the same form.
import { readFileSync } from "node:fs";
import { completeLines } from "#tools/process/log-lines.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

/** `VERB GROUP/RESOURCE[/SUBRESOURCE] [NAME]`, such as `patch /secrets ovn4nfv-token-keys`. */
export type Right = string;

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Every right of the roles in manifests, separately for each verb, resource and name. */
export function grantedRights(manifests: readonly string[]): ReadonlySet<Right> {
  const roles = manifests.flatMap(readManifests).filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
  const rules = roles.flatMap((role) => role["rules"] as readonly PolicyRule[]);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [""] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => print(verb, `${group}/${resource}`, name))),
        ),
      ),
    ),
  );
}

export interface UsedRights {
  /** The right of `granted` that covers the call, or the call itself when none does. */
  readonly allowed: ReadonlySet<Right>;
  readonly forbidden: ReadonlySet<Right>;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The rights that a user used, by the audit log of a control plane. Paths that are no resources are left out. */
export function usedRights(auditLog: string, username: string, granted: ReadonlySet<Right>): UsedRights {
  const allowed = new Set<Right>();
  const forbidden = new Set<Right>();
  for (const line of completeLines(readFileSync(auditLog, "utf8"))) {
    if (!line.includes(`"username":"${username}"`)) continue;
    const { verb, objectRef, annotations } = JSON.parse(line) as AuditEvent;
    if (objectRef?.resource === undefined) continue;
    const { apiGroup = "", resource, subresource, name = "" } = objectRef;
    const path = `${apiGroup}/${resource}${subresource === undefined ? "" : `/${subresource}`}`;
    const [any, named] = [print(verb, path, ""), print(verb, path, name)];
    const isAllowed = annotations?.["authorization.k8s.io/decision"] === "allow";
    (isAllowed ? allowed : forbidden).add(granted.has(any) ? any : named);
  }
  return { allowed, forbidden };
}

function print(verb: string, path: string, name: string): Right {
  return `${verb} ${path} ${name}`.trimEnd();
}
