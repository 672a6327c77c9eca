import type { KeyRing } from "./key-ring.ts";

export interface RotationRules {
  /** Time for which a key is published before it signs. */
  readonly settleMs: number;
  /**
   * Shortest time for which a key stays published after it has stopped to sign. Creations of pods may still be in flight
   * then, and replicas may still sign with it because they are behind.
   */
  readonly retireMs: number;
  /** Age at which the signing key is replaced. With 0 it is never replaced by itself. */
  readonly maxAgeMs: number;
}

export interface RotationState {
  readonly ring: KeyRing | undefined;
  readonly published: ReadonlySet<string>;
  /** Time for which each published key has been seen not to sign, by kid. */
  readonly idleMs: ReadonlyMap<string, number>;
  /** Time since the pods were last listed to find keys that no pod carries. */
  readonly sinceListMs: number | undefined;
}

export type RotationStep =
  | { readonly do: "create" | "publish" | "add-next" }
  | { readonly do: "promote"; readonly kid: string }
  /** Remove those of these keys that no pod carries. */
  | { readonly do: "retire"; readonly kids: readonly string[] }
  | { readonly do: "wait"; readonly forMs: number };

/** The search for pods that carry a key lists all pods of the API server. So it is not made more often than this. */
const listMs = 600_000;

/**
 * The next step of rotation. A key is published, signs after `settleMs`, and is replaced by another one at `maxAgeMs`. It is
 * removed `retireMs` later, if no pod carries it.
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
  const listDueMs = state.sinceListMs === undefined ? 0 : Math.min(listMs, rules.retireMs) - state.sinceListMs;
  if (unused.length > 0 && listDueMs <= 0) return { do: "retire", kids: unused };
  const waits = [
    listMs,
    ...waiting.map((kid) => rules.settleMs - idle(kid)),
    ...old.map((kid) => Math.max(listDueMs, rules.retireMs - idle(kid))),
    ...(dueMs === undefined || waiting.length > 0 ? [] : [dueMs]),
  ];
  return { do: "wait", forMs: Math.max(0, Math.min(...waits)) };
}
