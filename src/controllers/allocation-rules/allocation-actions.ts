// Judges an allocation by its rows and the pods that carry its id: what is wrong, and what to do about it. Nothing here acts or
// waits; src/controllers/allocations acts.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { byAge } from "#src/api/pod/pod-lifecycle.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import type { PortRow } from "./allocation-rows.ts";
import { type Handover, type HandoverOf, noHandover } from "./handover.ts";
import { type NetworksReadiness, readinessToTell } from "./networks-readiness.ts";
import { hasLaterRow, hasLetGo, isRunning } from "./consistency.ts";
import { unattachedInterfaces } from "./unattached.ts";
import type { IsAsWritten } from "./port-comparison.ts";
import { leaveChassis, requestsChassis, type WantedChassis } from "./requested-chassis.ts";
import type { ReleaseVerdict } from "./release-rule.ts";
import type { TokenVerdict } from "#src/tokens/pod-token.ts";

/** A pod that carries the label of the allocation, with the facts that were found out about it. */
export interface LabelledPod {
  readonly pod: PodMetadata;
  readonly token: TokenVerdict;
  /** The revision of its result. It is 0 for the result with which it was created, and unless the token is valid. */
  readonly revision: number;
  readonly release: ReleaseVerdict;
  /** Undefined when nobody can read the result: a later version may have written it. Empty when all was unplugged. */
  readonly results: readonly InterfaceResult[] | undefined;
}

export interface AllocationState {
  readonly pods: readonly LabelledPod[];
  readonly rows: readonly PortRow[];
  readonly isAsWritten: IsAsWritten;
  /** Rules of addresses outside whose port is gone. */
  readonly orphanedRules?: readonly FloatingHolder[];
  readonly wantedChassis?: WantedChassis;
  readonly handoverOf?: HandoverOf;
  readonly nowMs: number;
  /** The age at which an unbound row is swept. */
  readonly leaseMs: number;
}

/** One thing to do for an allocation. */
export type AllocationAction =
  | {
      readonly do: "bind";
      readonly pod: PodMetadata;
      readonly rows: readonly PortRow[];
      /** The chassis of the pod's node, when both are known. */
      readonly chassis: string | undefined;
      /** The revision of the result that names the rows. Undefined for one with which the pod was created. */
      readonly revision?: number;
    }
  /** Let bound rows request this chassis, or none when it is "". The pod was scheduled, or its node has another chassis. */
  | { readonly do: "pin"; readonly pod: PodMetadata; readonly rows: readonly PortRow[]; readonly chassis: string }
  /**
   * Delete rows that the stored result does not name: reserved for interfaces which the pod did not get, or bound to it and brought
   * back by a restore after the interface had left. When a later change was stored, it is sure that a reservation is not needed.
   */
  | {
      readonly do: "drop-attempts";
      readonly pod: PodMetadata;
      readonly rows: readonly PortRow[];
      readonly isSure: boolean;
    }
  /** Delete the rows of interfaces that were unplugged, and that the pod has let go. */
  | {
      readonly do: "unplug";
      readonly pod: PodMetadata;
      readonly rows: readonly PortRow[];
      readonly others: readonly PortRow[];
      readonly revision: number;
    }
  /** Take interfaces out of the result whose rows are gone. */
  | { readonly do: "forget-unplugged"; readonly pod: PodMetadata }
  /** Delete the rows that the pod owns, then take finalizer, label and token from it. */
  | { readonly do: "release"; readonly pod: PodMetadata; readonly rows: readonly PortRow[]; readonly why: string }
  /** Take finalizer, label and token from a copy of the pod that has the rows. */
  | { readonly do: "strip-copy"; readonly pod: PodMetadata }
  /** Put the finalizer back. */
  | { readonly do: "restore-finalizer"; readonly pod: PodMetadata }
  /** Insert the rows of these names from the pod's result. */
  | { readonly do: "re-create"; readonly pod: PodMetadata; readonly missing: readonly string[] }
  /** Write the rows of these names again as the pod's result says. */
  | { readonly do: "correct"; readonly pod: PodMetadata; readonly changed: readonly string[] }
  /** Move the addresses of a virtual machine between the ports of its two pods. */
  | { readonly do: "hand-over"; readonly pod: PodMetadata; readonly handovers: readonly Handover[] }
  /** Write the condition of the pod on its networks. */
  | { readonly do: "tell-readiness"; readonly pod: PodMetadata; readonly readiness: NetworksReadiness }
  /** Tell that no chassis has these ports of a pod that runs. */
  | { readonly do: "report-down"; readonly pod: PodMetadata; readonly down: readonly string[] }
  /** Tell that nobody has attached these interfaces, which were plugged into a pod that runs. */
  | { readonly do: "report-unattached"; readonly pod: PodMetadata; readonly interfaces: readonly string[] }
  /** Delete the rules of addresses outside that have neither a port nor a pod. */
  | { readonly do: "drop-rules"; readonly rules: readonly FloatingHolder[] }
  /** No pod was stored with the allocation. Delete the rows, if a LIST agrees. */
  | { readonly do: "sweep"; readonly rows: readonly PortRow[] }
  /** The pod that the rows are bound to is not known under the label. Delete them, if a live read agrees. */
  | { readonly do: "delete-unowned"; readonly podUid: string; readonly rows: readonly PortRow[] }
  | {
      readonly do: "report";
      readonly pod: PodMetadata;
      readonly problem: "forged" | "unknown key" | "duplicate" | "replayed";
      /** Rows are bound to the pod. They stay until it is deleted. */
      readonly holdsPorts: boolean;
    }
  /** These rows are on several switches by somebody's mistake. Say so. */
  | {
      readonly do: "leave-alone";
      readonly pod: PodMetadata | undefined;
      readonly rows: readonly PortRow[];
      readonly switches: readonly string[];
    }
  | { readonly do: "check-again"; readonly afterMs: number };

const finalizer = annotationKeys.finalizer.key;

/**
 * Says what an allocation needs. A pod owns it only if its token is for it, and the rows are bound to its UID or to
 * nobody yet. Another pod gets and frees nothing, whatever it carries. See
 * docs/design/release-rules.md#who-owns-an-allocation.
 */
export function decideActions(state: AllocationState): readonly AllocationAction[] {
  const { pods, rows } = state;
  // A newer version knows what these rows mean. They are told of as unknown, and their pod waits for that version.
  if (rows.some(({ isNewer = false }) => isNewer)) return [];
  const unbound = rows.filter((row) => row.owner.podUid === "");
  const owner = ownerOf(pods, rows);
  const actions: AllocationAction[] = pods.flatMap((each) =>
    each === owner ? forOwner(each, state) : forOther(each, owner, rows),
  );
  if (owner === undefined && unbound.length > 0) actions.push(forReservation(state, unbound));
  // A pod that lives has its ports made again, and takes its rules back with them.
  const { orphanedRules = [] } = state;
  if (pods.length === 0 && orphanedRules.length > 0) actions.push({ do: "drop-rules", rules: orphanedRules });
  const known = new Set(pods.map(({ pod }) => pod.metadata.uid));
  const bound = Map.groupBy(
    rows.filter((row) => row.owner.podUid !== ""),
    (row) => row.owner.podUid,
  );
  for (const [podUid, held] of bound)
    if (!known.has(podUid)) actions.push({ do: "delete-unowned", podUid, rows: held });
  return actions;
}

/**
 * Chooses the owner. The pod that rows are bound to comes first, then the oldest, and copies of its token after that.
 */
function ownerOf(pods: readonly LabelledPod[], rows: readonly PortRow[]): LabelledPod | undefined {
  const holders = new Set(rows.map((row) => row.owner.podUid).filter((uid) => uid !== ""));
  const able = pods.filter(({ pod, token }) => {
    const isFree = holders.size === 0 || holders.has(pod.metadata.uid ?? "");
    return token === "valid" && isFree && rows.every((row) => !isStray(row, pod) || row.owner.podUid === "");
  });
  return able.sort((a, b) => byAge(a.pod, b.pod))[0];
}

/** True for a row of another namespace. The token of a pod is for one, so that somebody reserved such a row by a review of his own. */
function isStray({ owner }: PortRow, { metadata }: PodMetadata): boolean {
  return owner.namespace !== metadata.namespace;
}

function forOwner(owner: LabelledPod, state: AllocationState): AllocationAction[] {
  const { pod, release, results: read, revision } = owner;
  const results = read ?? [];
  const [strays, rows] = split(state.rows, (row) => isStray(row, pod));
  const { isAsWritten, wantedChassis = leaveChassis, handoverOf = noHandover } = state;
  const { uid } = pod.metadata;
  if (release.release) {
    const own = state.rows.filter((row) => row.owner.podUid === "" || row.owner.podUid === uid);
    return [{ do: "release", pod, rows: own, why: release.why }];
  }
  // Somebody put an older result back. Its ports may be others' by now.
  if (hasLaterRow(rows, uid, revision)) return [{ do: "report", pod, problem: "replayed", holdsPorts: true }];
  const actions: AllocationAction[] = [];
  const chassis = wantedChassis(pod);
  const named = new Set(results.map(({ port }) => port));
  const unbound = rows.filter((row) => row.owner.podUid === "");
  const [bindable, attempts] = split(unbound, (row) => row.owner.revision === undefined || named.has(row.name));
  if (bindable.length > 0) actions.push({ do: "bind", pod, rows: bindable, chassis, revision });
  actions.push(...forAttempts(owner, attempts, state), ...forStrays(pod, strays, state));
  const unnamed = rows.filter((row) => row.owner.podUid === uid && !named.has(row.name));
  // An older version does not know what a result says that a later one wrote.
  if (unnamed.length > 0 && read !== undefined)
    actions.push({ do: "drop-attempts", pod, rows: unnamed, isSure: false });
  const loose = rows.filter((row) => row.owner.podUid === uid && !requestsChassis(row, chassis));
  if (chassis !== undefined && loose.length > 0) actions.push({ do: "pin", pod, rows: loose, chassis });
  const [leaving, staying] = split(results, (result) => result.leaving === true);
  const missing: string[] = [];
  const changed: string[] = [];
  for (const result of staying) {
    const row = rows.find(({ name }) => name === result.port);
    if (row === undefined) missing.push(result.port);
    else if (!isAsWritten(row, result)) changed.push(result.port);
  }
  if (missing.length > 0) actions.push({ do: "re-create", pod, missing });
  if (changed.length > 0) actions.push({ do: "correct", pod, changed });
  const handovers = rows.flatMap((row) => handoverOf(row, pod) ?? []);
  if (handovers.length > 0) actions.push({ do: "hand-over", pod, handovers });
  actions.push(...forLeaving(owner, results, leaving, rows));
  const unattached = unattachedInterfaces(pod, results, rows);
  const wired = new Set(staying.filter((result) => !unattached.includes(result)).map(({ port }) => port));
  const down = rows.filter((row) => row.isDown && row.owner.podUid === uid && wired.has(row.name));
  if (down.length > 0 && isRunning(pod)) actions.push({ do: "report-down", pod, down: down.map(({ name }) => name) });
  const waiting = unattached.filter(({ port }) => rows.some(({ name }) => name === port));
  if (waiting.length > 0 && isRunning(pod)) {
    actions.push({ do: "report-unattached", pod, interfaces: waiting.map((result) => result.interface) });
  }
  const readiness = readinessToTell(pod, rows, read);
  if (readiness !== undefined) actions.push({ do: "tell-readiness", pod, readiness });
  const isStripped = !pod.metadata.finalizers.includes(finalizer) && pod.metadata.deletionTimestamp === undefined;
  if (isStripped) actions.push({ do: "restore-finalizer", pod });
  if (release.againInMs !== undefined) actions.push({ do: "check-again", afterMs: release.againInMs });
  return actions;
}

/**
 * Decides about rows of attempts that the stored result does not name. Once a result of their revision or a later one is stored,
 * it never will: the API server stores a change only over the very version that was admitted.
 */
function forAttempts(
  { pod, revision }: LabelledPod,
  rows: readonly PortRow[],
  { nowMs, leaseMs }: AllocationState,
): AllocationAction[] {
  const [lost, open] = split(rows, (row) => (row.owner.revision ?? 0) <= revision);
  const [expired, fresh] = split(open, (row) => row.firstSeenMs + leaseMs <= nowMs);
  return [
    ...(lost.length === 0 ? [] : [{ do: "drop-attempts", pod, rows: lost, isSure: true } as const]),
    ...(expired.length === 0 ? [] : [{ do: "drop-attempts", pod, rows: expired, isSure: false } as const]),
    ...againAfterLease(fresh, nowMs, leaseMs),
  ];
}

/** No stored pod ever names these rows. They wait for their lease all the same, as what was told of them is not known. */
function forStrays(
  pod: PodMetadata,
  rows: readonly PortRow[],
  { nowMs, leaseMs }: AllocationState,
): AllocationAction[] {
  const [expired, fresh] = split(rows, (row) => row.firstSeenMs + leaseMs <= nowMs);
  return [
    ...(expired.length === 0 ? [] : [{ do: "drop-attempts", pod, rows: expired, isSure: true } as const]),
    ...againAfterLease(fresh, nowMs, leaseMs),
  ];
}

function againAfterLease(rows: readonly PortRow[], nowMs: number, leaseMs: number): AllocationAction[] {
  if (rows.length === 0) return [];
  return [{ do: "check-again", afterMs: Math.min(...rows.map((row) => row.firstSeenMs)) + leaseMs - nowMs }];
}

/** Decides about interfaces that were unplugged. An editor of the pod can forge its status, and nobody the word of NB. */
function forLeaving(
  { pod, revision }: LabelledPod,
  results: readonly InterfaceResult[],
  leaving: readonly InterfaceResult[],
  rows: readonly PortRow[],
): AllocationAction[] {
  const free = rows.filter((row) => leaving.some((result) => result.port === row.name && hasLetGo(pod, result, row)));
  const lasting = results.filter(({ port }) => free.every((row) => row.name !== port));
  const others = rows.filter(
    (row) => row.owner.podUid === pod.metadata.uid && lasting.some(({ port }) => port === row.name),
  );
  const isGone = leaving.some((result) => rows.every(({ name }) => name !== result.port));
  return [
    ...(free.length === 0 ? [] : [{ do: "unplug", pod, rows: free, others, revision } as const]),
    ...(isGone ? [{ do: "forget-unplugged", pod } as const] : []),
  ];
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function hasRows({ pod }: LabelledPod, rows: readonly PortRow[]): boolean {
  return rows.some((row) => row.owner.podUid === pod.metadata.uid);
}

/**
 * Decides about a pod with the marks of another one. Our finalizer must not hold it back. Its token may be good for
 * it as well, when it is a copy of one for a generated name. Such a token is taken off when the rows are bound to
 * their owner: an agent asks for nothing but a token, so an agent on another node would take the ports over. A pod
 * that has rows itself is no such copy.
 */
function forOther(other: LabelledPod, owner: LabelledPod | undefined, rows: readonly PortRow[]): AllocationAction[] {
  const { pod, token, release } = other;
  if (release.release) return [{ do: "release", pod, rows: [], why: release.why }];
  const actions: AllocationAction[] = [];
  const holdsPorts = hasRows(other, rows);
  if (token !== "valid") actions.push({ do: "report", pod, problem: token, holdsPorts });
  else if (owner !== undefined) actions.push({ do: "report", pod, problem: "duplicate", holdsPorts });
  const isCopy = owner !== undefined && hasRows(owner, rows) && !holdsPorts;
  if (token === "valid" && isCopy) actions.push({ do: "strip-copy", pod });
  if (release.againInMs !== undefined) actions.push({ do: "check-again", afterMs: release.againInMs });
  return actions;
}

function forReservation({ nowMs, leaseMs }: AllocationState, rows: readonly PortRow[]): AllocationAction {
  const youngest = Math.max(...rows.map((row) => row.firstSeenMs));
  const leftMs = youngest + leaseMs - nowMs;
  return leftMs > 0 ? { do: "check-again", afterMs: leftMs } : { do: "sweep", rows };
}
