// Limits of bandwidth: `bandwidth` of a request, and `bandwidth` of a Multus selection. The directions are those of CNI.
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { keyOf } from "../text/field-place.ts";
import type { JsonValue } from "../text/json-value.ts";
import { fieldHelp, objectFields, text } from "../text/object-fields.ts";

/** The limit of one direction. */
export interface RateLimit {
  /** In bits per second. */
  readonly rate: number;
  /** In bits: what may pass at once after a silence. Undefined when the agent chooses. */
  readonly burst?: number | undefined;
}

/** The limits of an interface; a direction without one is as fast as the node. */
export interface Bandwidth {
  /** Into the pod. */
  readonly ingress?: RateLimit | undefined;
  /** Out of the pod. */
  readonly egress?: RateLimit | undefined;
}

/** Kubernetes has the same bounds for the bandwidth of a pod's first interface. */
const leastRate = 1_000;
const mostRate = 1e15;
/** The largest burst that a CNI plugin is given. */
const mostBurst = 4_294_967_295;

const rate = (direction: string, way: string) =>
  text()
    .optional()
    .register(fieldHelp, {
      kind: "a rate",
      remedy: `write bits per second, such as "${direction}": "10M", or leave it out`,
      meaning: `The most ${way}, in bits per second: a whole number, with k, M, G or T for thousands. Default: no limit.`,
    });

/** The fields of `bandwidth` in the request. */
export const bandwidthSchema = z.object({
  ingress: rate("ingress", "into the pod"),
  egress: rate("egress", "out of the pod"),
  burst: text().optional().register(fieldHelp, {
    kind: "a number of bits",
    remedy: 'write bits, such as "burst": "1M", or leave it out',
    meaning:
      "The bits that may pass at once after a silence, in each limited direction; at least one packet may. Default: what 20 ms carry, at least 64 KiB.",
  }),
});

const multiples: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Reads `bandwidth` of one interface of a request. Throws `Malformed` with all its faults. */
export function parseBandwidth(value: JsonValue | undefined, field: string, warnings: string[]): Bandwidth | undefined {
  if (value === undefined) return undefined;
  const { fields, fieldOf } = objectFields(bandwidthSchema, value, field, warnings);
  const read = (key: keyof typeof fields, check: typeof checkedRate): number | undefined => {
    const written = fields[key];
    return written === undefined ? undefined : check(numberOf(written), written, fieldOf(key));
  };
  const refusals = new Refusals();
  const ingress = refusals.try(() => read("ingress", checkedRate));
  const egress = refusals.try(() => read("egress", checkedRate));
  const burst = refusals.try(() => read("burst", checkedBurst));
  refusals.throwAll();
  if (ingress === undefined && egress === undefined) {
    throw refusal("Malformed", {
      field,
      value,
      reason: "limits no direction",
      remedy: 'write "ingress", "egress" or both, such as {"ingress": "10M"}, or leave it out',
    });
  }
  return withBursts({ ingress, egress, ingressBurst: burst, egressBurst: burst });
}

/** The fields of `bandwidth` in a Multus selection, multi-net-spec v1.3, section 4.1.2.1. */
export interface SelectedBandwidth {
  readonly ingressRate?: number | null | undefined;
  readonly ingressBurst?: number | null | undefined;
  readonly egressRate?: number | null | undefined;
  readonly egressBurst?: number | null | undefined;
}

/** Reads `bandwidth` of a selection, in which 0 means nothing, as for Multus. Throws `Malformed` with all its faults. */
export function bandwidthOfSelection(selected: SelectedBandwidth | undefined, field: string): Bandwidth | undefined {
  if (selected === undefined) return undefined;
  const refusals = new Refusals();
  const of = (key: keyof SelectedBandwidth, check: typeof checkedRate): number | undefined => {
    const value = selected[key] || undefined;
    return value === undefined ? undefined : refusals.try(() => check(value, value, keyOf(field, key)));
  };
  const ingress = of("ingressRate", checkedRate);
  const egress = of("egressRate", checkedRate);
  const ingressBurst = of("ingressBurst", checkedBurst);
  const egressBurst = of("egressBurst", checkedBurst);
  refusals.throwAll();
  if (ingress === undefined && ingressBurst !== undefined) throw burstAlone(field, "ingress", ingressBurst);
  if (egress === undefined && egressBurst !== undefined) throw burstAlone(field, "egress", egressBurst);
  return ingress === undefined && egress === undefined
    ? undefined
    : withBursts({ ingress, egress, ingressBurst, egressBurst });
}

interface Numbers {
  readonly ingress: number | undefined;
  readonly egress: number | undefined;
  readonly ingressBurst: number | undefined;
  readonly egressBurst: number | undefined;
}

function withBursts({ ingress, egress, ingressBurst, egressBurst }: Numbers): Bandwidth {
  return {
    ...(ingress === undefined ? {} : { ingress: limit(ingress, ingressBurst) }),
    ...(egress === undefined ? {} : { egress: limit(egress, egressBurst) }),
  };
}

function limit(bits: number, burst: number | undefined): RateLimit {
  return burst === undefined ? { rate: bits } : { rate: bits, burst };
}

function numberOf(written: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,16})([kMGT]?)$/.exec(written.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * (multiples[unit] ?? Number.NaN);
}

function checkedRate(bits: number | undefined, value: unknown, field: string): number {
  if (bits !== undefined && Number.isInteger(bits) && bits >= leastRate && bits <= mostRate) return bits;
  throw refusal("Malformed", {
    field,
    value,
    reason: bits === undefined ? "is not a rate" : "is no rate between 1k and 1000T",
    remedy: "write bits per second, a whole number such as 10000000 or 10M",
  });
}

function checkedBurst(bits: number | undefined, value: unknown, field: string): number {
  if (bits !== undefined && Number.isInteger(bits) && bits >= 1 && bits <= mostBurst) return bits;
  throw refusal("Malformed", {
    field,
    value,
    reason: bits === undefined ? "is not a number of bits" : `is no number of bits between 1 and ${mostBurst}`,
    remedy: "write bits, a whole number such as 1000000 or 1M, or leave it out",
  });
}

function burstAlone(field: string, direction: string, burst: number) {
  return refusal("Malformed", {
    field: keyOf(field, `${direction}Burst`),
    value: burst,
    reason: `stands without ${direction}Rate`,
    remedy: `write ${direction}Rate too, or leave ${direction}Burst out`,
  });
}
