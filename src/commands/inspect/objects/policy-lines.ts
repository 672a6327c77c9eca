// Computes the lines of `ovn4nfv policies`: one for each network of a policy.
import type { PolicyView } from "#src/controllers/policies/read-policies.ts";
import type { Column } from "../../output/text-table.ts";

/** A policy as people and programs read it. */
export interface ReportedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly networks: PolicyView["networks"];
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

export interface PolicyLine {
  readonly policy: ReportedPolicy;
  readonly on: ReportedPolicy["networks"][number] | undefined;
}

export function reportPolicy({ policy: { namespace, name, config }, networks, problems }: PolicyView): ReportedPolicy {
  const said = problems.map(({ message }) => message);
  const isElsewhere = networks.length === 0 && problems.length === 0;
  const hasTargets = typeof config !== "string" && config.targets.length > 0;
  const nothing = hasTargets
    ? "it is about networks of others"
    : "it names no network: write the annotation k8s.v1.cni.cncf.io/policy-for";
  const nobody = networks.filter(({ pods }) => pods.length === 0).map(({ network }) => `no pod matches on ${network}`);
  return { namespace, name, networks, problem: [...(isElsewhere ? [nothing] : []), ...said, ...nobody].join("; ") };
}

/** A policy without networks has a line too, for its problem. */
export function linesOfPolicy(policy: ReportedPolicy): readonly PolicyLine[] {
  return policy.networks.length === 0 ? [{ policy, on: undefined }] : policy.networks.map((on) => ({ policy, on }));
}

const mostPods = 5;

export const policyColumns: readonly Column<PolicyLine>[] = [
  { title: "namespace", value: ({ policy }) => policy.namespace },
  { title: "policy", value: ({ policy }) => policy.name },
  { title: "network", value: ({ on }) => on?.network ?? "-" },
  { title: "isolates", value: ({ on }) => on?.isolates.join(",") || "-" },
  { title: "rules", value: ({ on }) => String(on?.rules ?? "-"), align: "right" },
  { title: "pods", value: ({ on }) => podsOf(on?.pods ?? []) },
  { title: "all pods", room: "wide", value: ({ on }) => on?.pods.join(" ") || "-" },
  { title: "problem", value: ({ policy }) => policy.problem, tone: () => "bad" },
];

function podsOf(names: readonly string[]): string {
  if (names.length === 0) return "-";
  const more = names.length - mostPods;
  return [...names.slice(0, mostPods), ...(more > 0 ? [`and ${more} more`] : [])].join(" ");
}
