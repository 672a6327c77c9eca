// Decides whether one of two chassis of a gateway leaves the group, so that OVN lets the other one carry the gateway alone, and
// when it comes back. docs/adr/0020-a-pair-of-gateways-shrinks-to-one.md says why each condition is there.
import type { TunnelState } from "#src/api/node/gateway-lease.ts";

/** The facts that are known about one chassis of a pair. */
export interface SeenMember {
  /** Time since its agent renewed its Lease, as we saw it; undefined when no renewal is known. */
  readonly silentMs: number | undefined;
  /** Time for which the agent has been renewing its Lease without a gap. */
  readonly heardMs: number;
  /** The tunnel to the other one, by the last word of its agent. */
  readonly tunnel: TunnelState | undefined;
  /** Time since its ovn-controller answered to the last question; undefined while it has not. */
  readonly answeredMs: number | undefined;
}

export interface SeenPair {
  readonly chassis: readonly [string, string];
  /** The one that is out of the group now. */
  readonly out: string | undefined;
  readonly members: (chassis: string) => SeenMember;
  /** Age of the last question to all ovn-controllers. Undefined when there is none, or when nobody could see the answers. */
  readonly askedMs: number | undefined;
}

/** `ask`: all ovn-controllers are to be asked for a sign of life. */
export type Step =
  | { readonly kind: "stay" }
  | { readonly kind: "ask" }
  | { readonly kind: "take-out" | "put-back"; readonly chassis: string };

export const failOverTimes = {
  /** An agent that has not renewed its Lease for this time counts as gone. It renews each 2 s. */
  silenceMs: 6_000,
  /** Time for an answer, from the moment at which the survivor has answered. */
  patienceMs: 3_000,
  /** A question that led to nothing is asked again after this time. */
  askAgainMs: 15_000,
  /** A chassis that has come back waits for this time, so that one that comes and goes does not take the gateway along. */
  settledMs: 10_000,
} as const;

const stay: Step = { kind: "stay" };

export function nextStep(pair: SeenPair): Step {
  const [first, second] = pair.chassis;
  for (const [gone, survivor] of [
    [first, second],
    [second, first],
  ] as const) {
    if (gone !== pair.out && isSuspect(pair.members(gone), pair.members(survivor))) {
      return judgeSuspect(pair, gone, survivor);
    }
  }
  if (pair.out === undefined) return stay;
  return judgeReturn(pair, pair.out, pair.out === first ? second : first);
}

function isHeard({ silentMs }: SeenMember): boolean {
  return silentMs !== undefined && silentMs < failOverTimes.silenceMs;
}

/** The survivor's word counts only while its agent speaks: then the API server is reached, and BFD is as it says. */
function isSuspect(gone: SeenMember, survivor: SeenMember): boolean {
  return (
    gone.silentMs !== undefined &&
    gone.silentMs >= failOverTimes.silenceMs &&
    isHeard(survivor) &&
    survivor.tunnel === "down"
  );
}

function judgeSuspect({ members, askedMs }: SeenPair, chassis: string, survivor: string): Step {
  const { silentMs = 0, answeredMs } = members(chassis);
  // An answer counts when the question came after the silence.
  if (askedMs === undefined || askedMs > failOverTimes.askAgainMs || silentMs - askedMs < failOverTimes.silenceMs) {
    return { kind: "ask" };
  }
  if (answeredMs !== undefined) return stay;
  // Where the survivor does not answer either, it is northd or the database that is away.
  const { answeredMs: survivorMs } = members(survivor);
  if (survivorMs === undefined || survivorMs < failOverTimes.patienceMs) return stay;
  return { kind: "take-out", chassis };
}

/** A chassis whose tunnel is down must not come back: with two members OVN would take both for cut off. */
function judgeReturn({ members, askedMs }: SeenPair, chassis: string, survivor: string): Step {
  const [back, other] = [members(chassis), members(survivor)];
  const words = [back, other].filter(isHeard).map(({ tunnel }) => tunnel);
  const isBack = isHeard(back) && back.heardMs >= failOverTimes.settledMs;
  if (!isBack || words.includes("down") || !words.includes("up")) return stay;
  if (askedMs === undefined || askedMs > failOverTimes.askAgainMs || back.heardMs < askedMs) return { kind: "ask" };
  return back.answeredMs === undefined ? stay : { kind: "put-back", chassis };
}
