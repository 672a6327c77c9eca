import * as z from "zod";
import type { KubeObject } from "../client/kube-object.ts";

/** The `spec` of a Lease (coordination.k8s.io/v1), as far as leader election uses it. */
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

/** Reads a Lease. One that is empty or was written by hand counts as free. */
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

/** A record and the time at which it was first seen so, by our own monotonic clock. Clocks of other machines are not trusted. */
export interface LeaseObservation {
  readonly record: LeaseRecord;
  readonly atMs: number;
}

/** The observation of a record. It keeps its time while the holder does not renew. */
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

/** True when the lease is free, is ours, or was not renewed for its whole duration since we first saw it so. */
export function mayTakeLease({ record, atMs }: LeaseObservation, identity: string, nowMs: number): boolean {
  return record.holder === "" || record.holder === identity || nowMs - atMs >= record.durationMs;
}

/** The spec that takes the lease, or renews it when it is ours already. `now` is the time by the wall clock, for humans. */
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

/** The spec that releases the lease, so that the next candidate need not wait. */
export function releasedSpec(now: number): Readonly<Record<string, unknown>> {
  return { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(now), acquireTime: microTime(now) };
}

/** Prints a time as metav1.MicroTime, which wants six digits behind the point. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}
