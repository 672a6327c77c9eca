import type { KeyRing } from "./key-ring.ts";

export interface RotationRules {
  /** How long a key is published before it signs. */
  readonly settleMs: number;
  /** How long a key that signs no more stays published at least: creates in flight, replicas that are behind. */
  readonly retireMs: number;
  /** Age at which the signing key is followed by another; 0 = never by itself. */
  readonly maxAgeMs: number;
}

export interface RotationState {
  readonly ring: KeyRing | undefined;
  readonly published: ReadonlySet<string>;
  /** How long each published key has been seen not to sign, by kid. */
  readonly idleMs: ReadonlyMap<string, number>;
  /** How long ago pods were last looked through for keys that nobody carries. */
  readonly sinceLookMs: number | undefined;
}

export type RotationStep =
  | { readonly do: "create" | "publish" | "add-next" }
  | { readonly do: "promote"; readonly kid: string }
  /** Take those back that no pod carries. */
  | { readonly do: "retire"; readonly kids: readonly string[] }
  | { readonly do: "rest"; readonly forMs: number };

/** Looking through all pods is a list of the API server: not more often than this. */
const lookMs = 600_000;

/**
 * The one next step: a key is published, signs after `settleMs`, is followed by another one at `maxAgeMs`, and is
 * taken back `retireMs` later, when no pod carries it.
 */
export function nextRotationStep(state: RotationState, rules: RotationRules, now: number): RotationStep {
  const { ring, published, idleMs } = state;
  if (ring === undefined) return { do: "create" };
  if ([...ring.keys.keys()].some((kid) => !published.has(kid))) return { do: "publish" };
  const idle = (kid: string): number => idleMs.get(kid) ?? 0;
  const waiting = [...ring.keys.keys()].filter((kid) => kid !== ring.signing);
  const ripe = waiting.find((kid) => idle(kid) >= rules.settleMs);
  if (ripe !== undefined) return { do: "promote", kid: ripe };
  const made = ring.keys.get(ring.signing)?.createdAtMs;
  const dueMs = rules.maxAgeMs === 0 || made === undefined ? undefined : made + rules.maxAgeMs - now;
  if (waiting.length === 0 && dueMs !== undefined && dueMs <= 0) return { do: "add-next" };
  const old = [...published].filter((kid) => !ring.keys.has(kid));
  const unused = old.filter((kid) => idle(kid) >= rules.retireMs);
  const lookDueMs = state.sinceLookMs === undefined ? 0 : Math.min(lookMs, rules.retireMs) - state.sinceLookMs;
  if (unused.length > 0 && lookDueMs <= 0) return { do: "retire", kids: unused };
  const waits = [
    lookMs,
    ...waiting.map((kid) => rules.settleMs - idle(kid)),
    ...old.map((kid) => Math.max(lookDueMs, rules.retireMs - idle(kid))),
    ...(dueMs === undefined || waiting.length > 0 ? [] : [dueMs]),
  ];
  return { do: "rest", forMs: Math.max(0, Math.min(...waits)) };
}
