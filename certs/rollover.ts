import { type X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { renewalTime } from "./authority.ts";
import { parseBundle, printBundle } from "./pem-bundle.ts";
import type { StoredAuthority, StoredLeaf } from "./stored-trust.ts";

/** The state of trust: the Secrets as they were read, and the bundle that the API server has been given. */
export interface TrustState {
  readonly authority: StoredAuthority | undefined;
  /** The stored leaf, or the served leaf when the Secret was deleted. */
  readonly leaf: StoredLeaf | undefined;
  readonly isLeafStored: boolean;
  /** Time for which every webhook configuration has been seen to have the authority's bundle. */
  readonly trustedForMs: number | undefined;
  /** Time since this process has last replaced what was not valid yet. Absent when it never did. */
  readonly correctedForMs?: number | undefined;
}

export interface RolloverRules {
  /** The names that a leaf must have. */
  readonly names: readonly string[];
  /** Time that API servers get to read a new bundle, before a leaf of the new authority is served to them. */
  readonly settleMs: number;
}

export type RolloverStep =
  /** Make an authority. Its bundle also gets these earlier ones. */
  | { readonly do: "new-authority"; readonly earlier: string; readonly why: string }
  | { readonly do: "new-bundle"; readonly bundle: string }
  | { readonly do: "new-leaf"; readonly why: string }
  /** Do nothing for this time, unless something changes. */
  | { readonly do: "wait"; readonly forMs: number };

/** The state is looked at again after this time at the latest, because clocks may jump and watches may be behind. */
const longestWaitMs = 3_600_000;
/** Two processes whose clocks are months apart would else replace the certificates of each other without a pause. */
const correctionPauseMs = 600_000;
/** The fault of a certificate whose maker's clock was ahead by more than certificates are dated back. */
export const notValidYet = "it is not valid yet";

/**
 * The next step of renewal. Authority and leaf are renewed after two thirds of their lives. A new authority is first put into
 * the bundle, and signs when the API server has had the bundle for `settleMs`. An old authority stays in the bundle until it
 * expires, and none of its leaves lives longer. So every leaf that a replica may still serve is trusted. A certificate that is
 * not valid yet is replaced at once.
 */
export function nextRolloverStep(state: TrustState, rules: RolloverRules, now: number): RolloverStep {
  const { authority, leaf, trustedForMs } = state;
  const replace = (reason: string): RolloverStep => {
    const earlier = unexpired((authority?.bundle ?? "") + (leaf?.ca ?? ""), now);
    return paused({ do: "new-authority", earlier, why: reason }, state);
  };
  if (authority === undefined) return replace("there is none");
  const fault = ageFault(authority.certificate, now);
  if (fault !== undefined) return replace(fault);
  const bundle = unexpired(authority.authority.cert + authority.bundle + (leaf?.ca ?? ""), now);
  if (bundle !== authority.bundle) return { do: "new-bundle", bundle };
  const why = faultOf(state, authority, rules, now);
  if (why === undefined) {
    const dueMs = Math.min(
      renewalTime(authority.certificate),
      renewalTime(leaf?.pair.certificate ?? authority.certificate),
    );
    return { do: "wait", forMs: Math.max(0, Math.min(longestWaitMs, dueMs - now)) };
  }
  if (leaf === undefined || !isGood(leaf, now)) return paused({ do: "new-leaf", why }, state);
  // The present leaf works. The next one must work too, from its first connection on.
  if (trustedForMs === undefined) return { do: "wait", forMs: longestWaitMs };
  return trustedForMs < rules.settleMs ? { do: "wait", forMs: rules.settleMs - trustedForMs } : { do: "new-leaf", why };
}

/** The reason why the leaf must be replaced, if there is one. */
function faultOf(
  { leaf, isLeafStored }: TrustState,
  authority: StoredAuthority,
  rules: RolloverRules,
  now: number,
): string | undefined {
  if (leaf === undefined) return "there is none";
  if (!isLeafStored) return "its Secret is gone";
  const { certificate } = leaf.pair;
  if (!isIssuedBy(certificate, authority.certificate)) return "it is of an earlier authority";
  if (!rules.names.every((name) => covers(certificate, name))) return "it does not have all names that are asked for";
  return ageFault(certificate, now);
}

function ageFault(certificate: X509Certificate, now: number): string | undefined {
  if (isNotValidYet(certificate, now)) return notValidYet;
  return renewalTime(certificate) <= now ? "it is due" : undefined;
}

function paused(
  step: Extract<RolloverStep, { readonly why: string }>,
  { correctedForMs = correctionPauseMs }: TrustState,
): RolloverStep {
  const forMs = correctionPauseMs - correctedForMs;
  return step.why === notValidYet && forMs > 0 ? { do: "wait", forMs } : step;
}

function isGood({ pair, ca }: StoredLeaf, now: number): boolean {
  const { certificate } = pair;
  if (isNotValidYet(certificate, now) || certificate.validToDate.getTime() <= now) return false;
  return parseBundle(ca).some((issuer) => isIssuedBy(certificate, issuer));
}

/** True for a certificate whose time is to come. The clock of who made it was ahead, or ours is behind. */
export function isNotValidYet({ validFromDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() > now;
}

/** True when the issuer has signed the certificate. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function covers(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return found !== undefined;
}

function unexpired(pem: string, now: number): string {
  return printBundle(parseBundle(pem).filter(({ validToDate }) => validToDate.getTime() > now));
}
