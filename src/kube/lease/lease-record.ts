import { z } from "zod";
import type { KubeObject } from "../client/kube-object.ts";

/** `spec` of a Lease, as far as leader election uses it (coordination.k8s.io/v1). */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
}

const leaseSpec = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseDurationSeconds: z.number().nullish(),
  acquireTime: z.string().nullish(),
  renewTime: z.string().nullish(),
  leaseTransitions: z.number().nullish(),
});

/** A Lease that is empty or was written by hand counts as free. */
export function readLease(lease: KubeObject): LeaseRecord {
  const spec = leaseSpec.safeParse(lease["spec"] ?? {}).data ?? {};
  return {
    holder: spec.holderIdentity ?? "",
    durationMs: (spec.leaseDurationSeconds ?? 0) * 1000,
    acquireTime: spec.acquireTime ?? undefined,
    renewTime: spec.renewTime ?? undefined,
    transitions: spec.leaseTransitions ?? 0,
  };
}

/** When a record was first seen in this form, on the own monotonic clock: clocks of other machines are not believed. */
export interface LeaseObservation {
  readonly record: LeaseRecord;
  readonly atMs: number;
}

/** Keeps the time of an observation while the holder does not renew. */
export function observeLease(
  before: LeaseObservation | undefined,
  record: LeaseRecord,
  nowMs: number,
): LeaseObservation {
  const same =
    before !== undefined &&
    before.record.holder === record.holder &&
    before.record.renewTime === record.renewTime &&
    before.record.transitions === record.transitions;
  return same ? before : { record, atMs: nowMs };
}

/** Free, ours, or not renewed for its whole duration since we first saw it so. */
export function mayTakeLease({ record, atMs }: LeaseObservation, identity: string, nowMs: number): boolean {
  return record.holder === "" || record.holder === identity || nowMs - atMs >= record.durationMs;
}

/** The spec to write: a renewal when the lease is ours already, else a take-over. `now` is wall clock, for humans. */
export function leaseSpecFor(
  record: LeaseRecord | undefined,
  identity: string,
  durationMs: number,
  now: number,
): Readonly<Record<string, unknown>> {
  const time = microTime(now);
  const ours = record?.holder === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: ours ? (record.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: record === undefined ? 0 : record.transitions + (ours ? 0 : 1),
  };
}

/** The spec that gives the lease back: the next candidate need not wait. */
export function releasedSpec(now: number): Readonly<Record<string, unknown>> {
  return { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(now), acquireTime: microTime(now) };
}

/** metav1.MicroTime wants six digits. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}
