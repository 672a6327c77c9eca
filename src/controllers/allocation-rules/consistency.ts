import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, readableResult } from "#src/api/result.ts";
import { type HandoverOf, noHandover } from "./handover.ts";
import { attachedInterfaces } from "#src/api/multus/network-status.ts";
import type { PortRow } from "./allocation-rows.ts";
import type { IsAsWritten } from "./port-comparison.ts";
import { readinessToTell } from "./networks-readiness.ts";
import { unattachedInterfaces } from "./unattached.ts";
import { leaveChassis, requestsChassis, type WantedChassis } from "./requested-chassis.ts";

const { finalizer, result } = annotationKeys;

/** Reads the result of the pod. Empty when all was unplugged, and also when nobody can read it. */
export function storedResultOf(pod: PodMetadata): readonly InterfaceResult[] {
  return readableResultOf(pod) ?? [];
}

/** Reads the result of the pod. Undefined when it has none, or one that another version or none of our processes wrote. */
export function readableResultOf(pod: PodMetadata): readonly InterfaceResult[] | undefined {
  return readableResult(pod.metadata.annotations[result.key] ?? "");
}

/**
 * True when a living pod and its rows agree, so that no token need be verified. That is so for nearly all of 20,000
 * allocations each time they are checked. The process that wrote the UID into the rows had verified the token, and an
 * edited result does not agree with the rows.
 */
export function isConsistent(
  pods: readonly PodMetadata[],
  rows: readonly PortRow[],
  isAsWritten: IsAsWritten,
  wantedChassis: WantedChassis = leaveChassis,
  handoverOf: HandoverOf = noHandover,
): boolean {
  const [pod, ...others] = pods;
  if (pod === undefined || others.length > 0 || rows.length === 0) return false;
  const { uid, deletionTimestamp, finalizers } = pod.metadata;
  if (deletionTimestamp !== undefined || !finalizers.includes(finalizer.key)) return false;
  if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return false;
  if (!rows.every((row) => row.owner.podUid === uid)) return false;
  const chassis = wantedChassis(pod);
  if (!rows.every((row) => requestsChassis(row, chassis))) return false;
  if (rows.some((row) => handoverOf(row, pod) !== undefined)) return false;
  const results = readableResultOf(pod);
  if (results === undefined) return false;
  const named = new Set(results.map(({ port }) => port));
  if (!rows.every(({ name }) => named.has(name))) return false;
  const leaving = new Set(results.flatMap((one) => (one.leaving === true ? [one.port] : [])));
  if (isRunning(pod) && rows.some(({ isDown, name }) => isDown && !leaving.has(name))) return false;
  if (isRunning(pod) && unattachedInterfaces(pod, results, rows).length > 0) return false;
  if (readinessToTell(pod, rows, results) !== undefined) return false;
  return results.length > 0 && results.every((result) => hasPort(pod, rows, result, isAsWritten));
}

/** True for a pod that runs and shall go on, whose ports must be up for that. */
export function isRunning({ metadata, status }: PodMetadata): boolean {
  return status.phase === "Running" && metadata.deletionTimestamp === undefined;
}

function hasPort(
  pod: PodMetadata,
  rows: readonly PortRow[],
  result: InterfaceResult,
  isAsWritten: IsAsWritten,
): boolean {
  const row = rows.find(({ name }) => name === result.port);
  if (row === undefined || result.leaving !== true) return row !== undefined && isAsWritten(row, result);
  return !hasLetGo(pod, result, row);
}

/** True when a row of the pod tells of a later result than the one of this revision, which somebody has put back then. */
export function hasLaterRow(rows: readonly PortRow[], uid: string | undefined, revision: number): boolean {
  return rows.some(({ owner }) => owner.podUid === uid && (owner.revision ?? 0) > revision);
}

/** True when nothing of a pod has the interface any more: neither the status that Multus writes, nor a chassis of OVN. */
export function hasLetGo(pod: PodMetadata, { interface: name }: InterfaceResult, { isDown }: PortRow): boolean {
  return isDown && !attachedInterfaces(pod.metadata.annotations).has(name);
}
