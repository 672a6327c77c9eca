import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type ProcessName, userNameOf } from "#lab/kubernetes/identities.ts";
import type { Flags } from "#lab/kubernetes/control-plane-flags.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const processes = ["webhook", "controller"] as const satisfies readonly ProcessName[];
type Audited = (typeof processes)[number];

/** The requests of our processes: those about pods of a namespace, and all others. */
export type RequestCounts = Readonly<Record<Audited, { readonly pods: number; readonly others: number }>>;

/** The flags by which the API server writes down the requests of our processes alone, in `folder`. */
export async function auditOfOurs(folder: string): Promise<Flags> {
  const rules = [{ level: "Metadata", users: processes.map(userNameOf) }, { level: "None" }];
  const omitStages = ["RequestReceived", "ResponseStarted"];
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages, rules };
  await writeFile(join(folder, "policy.json"), JSON.stringify(policy));
  return {
    "audit-policy-file": join(folder, "policy.json"),
    "audit-log-path": auditLog(folder),
    "audit-log-mode": "blocking",
    "audit-log-maxsize": "100000",
  };
}

interface AuditLine {
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
}

export async function countRequests(folder: string, namespace: string): Promise<RequestCounts> {
  const counts = { webhook: { pods: 0, others: 0 }, controller: { pods: 0, others: 0 } };
  for await (const line of createInterface(createReadStream(auditLog(folder)))) {
    const { user, objectRef } = JSON.parse(line) as AuditLine;
    const process = processes.find((one) => userNameOf(one) === user.username);
    if (process === undefined) continue;
    const ofPod = ["pods", "events"].includes(objectRef?.resource ?? "") && objectRef?.name !== undefined;
    if (ofPod && objectRef.namespace === namespace) counts[process].pods += 1;
    else if (!ofPod) counts[process].others += 1;
  }
  return counts;
}

function auditLog(folder: string): string {
  return join(folder, "audit.log");
}
