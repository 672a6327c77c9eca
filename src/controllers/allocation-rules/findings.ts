import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import type { AllocationRows } from "./allocation-rows.ts";
import { isConsistent } from "./consistency.ts";
import { type AllocationAction, decideActions } from "./allocation-actions.ts";
import { type HandoverOf, noHandover } from "./handover.ts";
import { leaveMisplaced, type SwitchesOf } from "./misplaced-ports.ts";
import type { IsAsWritten } from "./port-comparison.ts";
import type { PodFacts } from "./pod-facts.ts";
import { leaveChassis } from "./requested-chassis.ts";

/** One case in which Kubernetes and NB do not agree. */
export interface DriftFinding {
  readonly problem: DriftProblem;
  readonly allocation: string;
  readonly namespace: string;
  readonly pod: string;
  /** Names of the ports that should not be there, that are missing, or that somebody changed. */
  readonly ports: readonly string[];
}

/**
 * The problem that each action of the controller repairs, in the words of `ovn4nfv check`. Some repair nothing: a port gets
 * its chassis once the pod has a node, and the copy of a pod is reported by an action of its own.
 */
const problems = {
  bind: "unbound",
  release: "not released",
  "restore-finalizer": "no finalizer",
  "re-create": "missing",
  correct: "changed",
  "hand-over": "not handed over",
  "report-down": "port down",
  sweep: "leak",
  "delete-unowned": "orphan",
  "leave-alone": "several switches",
  "drop-rules": "NAT rule without port",
  "drop-attempts": "not named",
} as const satisfies Partial<Record<AllocationAction["do"], string>>;

export type DriftProblem =
  | (typeof problems)[keyof typeof problems]
  | Extract<AllocationAction, { readonly do: "report" }>["problem"]
  | "unknown owner";

export interface SurveyOptions {
  readonly pods: Iterable<PodMetadata>;
  /** Ids of all allocations that have ports or rules in NB. */
  readonly ids: Iterable<string>;
  readonly rows: Pick<AllocationRows, "of" | "unknown">;
  readonly orphanedRules?: (allocation: string) => readonly FloatingHolder[];
  readonly podFacts: PodFacts;
  readonly isAsWritten: IsAsWritten;
  readonly handoverOf?: HandoverOf;
  readonly switchesOf: SwitchesOf;
  /** Names of ports of others that are on several switches. */
  readonly othersOnSeveralSwitches: Iterable<string>;
  /** False for a reservation whose create may still be under way. */
  readonly isStale: (allocation: string) => boolean;
  readonly nowMs: number;
}

/** Finds everything that the controller would have to do, or cannot do, at this moment. */
export async function surveyDrift(options: SurveyOptions, signal: AbortSignal): Promise<readonly DriftFinding[]> {
  const { rows, podFacts, isAsWritten, handoverOf = noHandover, isStale, nowMs } = options;
  const byId = Map.groupBy(options.pods, (pod) => pod.metadata.labels[annotationKeys.allocation.key] ?? "");
  const findings: DriftFinding[] = [];
  for (const id of new Set([...byId.keys(), ...options.ids])) {
    const pods = byId.get(id) ?? [];
    const held = rows.of(id);
    const actions = isConsistent(pods, held, isAsWritten, leaveChassis, handoverOf)
      ? []
      : decideActions({
          pods: await Promise.all(pods.map((pod) => podFacts.find(pod, id, signal))),
          rows: held,
          isAsWritten,
          handoverOf,
          orphanedRules: options.orphanedRules?.(id) ?? [],
          nowMs,
          leaseMs: isStale(id) ? 0 : Number.POSITIVE_INFINITY,
        });
    findings.push(
      ...leaveMisplaced(actions, pods, held, options.switchesOf).flatMap((action) => findingOf(id, action)),
    );
  }
  for (const port of rows.unknown()) {
    findings.push({ problem: "unknown owner", allocation: "", namespace: "", pod: "", ports: [port] });
  }
  for (const port of options.othersOnSeveralSwitches) {
    findings.push({ problem: "several switches", allocation: "", namespace: "", pod: "", ports: [port] });
  }
  return findings;
}

/**
 * Selects the findings of `later` that were made in `before`, too. Everything that was under way has settled by then.
 */
export function lastingFindings<Finding extends object>(
  before: readonly Finding[],
  later: readonly Finding[],
): readonly Finding[] {
  const keys = new Set(before.map((finding) => JSON.stringify(finding)));
  return later.filter((finding) => keys.has(JSON.stringify(finding)));
}

/** The problem that an action repairs, or cannot repair. Undefined when nothing is wrong. */
export function problemOf(action: AllocationAction): DriftProblem | undefined {
  if (action.do === "report") return action.problem;
  // Reservations that no result names are usual: each change that is refused or repeated leaves some.
  if (action.do === "drop-attempts" && action.rows.every(({ owner }) => owner.podUid === "")) return undefined;
  return action.do in problems ? problems[action.do as keyof typeof problems] : undefined;
}

/** True for problems that should not occur. Every pod is bound and released once, and machines migrate, so these are no drift. */
export function isDrift(problem: DriftProblem): boolean {
  return problem !== problems.bind && problem !== problems.release && problem !== problems["hand-over"];
}

function findingOf(allocation: string, action: AllocationAction): DriftFinding[] {
  const problem = problemOf(action);
  if (problem === undefined) return [];
  const ports = portsOf(action);
  if (action.do === "drop-rules") {
    const [first] = action.rules;
    const names = action.rules.map(({ holder }) => holder);
    return [{ problem, allocation, namespace: first?.namespace ?? "", pod: "", ports: names }];
  }
  const owner = "rows" in action ? action.rows[0]?.owner : undefined;
  const metadata = "pod" in action ? action.pod?.metadata : undefined;
  const namespace = metadata?.namespace ?? owner?.namespace ?? "";
  return [{ problem, allocation, namespace, pod: metadata?.name ?? owner?.pod ?? "", ports }];
}

function portsOf(action: AllocationAction): readonly string[] {
  if ("missing" in action) return action.missing;
  if ("changed" in action) return action.changed;
  if ("down" in action) return action.down;
  if ("handovers" in action) return action.handovers.map(({ to }) => to.uuid);
  return "rows" in action ? action.rows.map(({ name }) => name) : [];
}
