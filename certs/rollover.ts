import { type X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { renewalTime } from "./authority.ts";
import { parseBundle, printBundle } from "./pem-bundle.ts";
import type { StoredAuthority, StoredLeaf } from "./stored-trust.ts";

/** What is known of trust: the Secrets as they were read, and what the API server has been told. */
export interface TrustState {
  readonly authority: StoredAuthority | undefined;
  /** As stored; or, when the Secret was deleted, as it is served. */
  readonly leaf: StoredLeaf | undefined;
  readonly isLeafStored: boolean;
  /** How long every webhook configuration has been seen to hold the authority's bundle. */
  readonly trustedForMs: number | undefined;
}

export interface RolloverRules {
  /** Whom a leaf must name. */
  readonly names: readonly string[];
  /** How long API servers are given to take up a new bundle before they meet a leaf of the new authority. */
  readonly settleMs: number;
}

export type RolloverStep =
  /** Make an authority, with this bundle of earlier ones beside it. */
  | { readonly do: "new-authority"; readonly earlier: string; readonly why: string }
  | { readonly do: "new-bundle"; readonly bundle: string }
  | { readonly do: "new-leaf"; readonly why: string }
  /** Nothing to do for this long, unless something changes. */
  | { readonly do: "rest"; readonly forMs: number };

/** Clocks may jump, and watches may be behind: looked at again at least this often. */
const longestRestMs = 3_600_000;

/**
 * The one next step of renewal. Authority and leaf are renewed after two thirds of their lives. A new authority is in
 * the bundle first, and signs when the API server has had `settleMs` with it. An old one stays in the bundle until it
 * ends, which no leaf of its outlives: so no leaf that anybody may still serve is ever distrusted.
 */
export function nextRolloverStep(state: TrustState, rules: RolloverRules, now: number): RolloverStep {
  const { authority, leaf, trustedForMs } = state;
  if (authority === undefined || renewalTime(authority.certificate) <= now) {
    const earlier = unexpired((authority?.bundle ?? "") + (leaf?.ca ?? ""), now);
    return { do: "new-authority", earlier, why: authority === undefined ? "there is none" : "it is due" };
  }
  const bundle = unexpired(authority.authority.cert + authority.bundle + (leaf?.ca ?? ""), now);
  if (bundle !== authority.bundle) return { do: "new-bundle", bundle };
  const why = faultOf(state, authority, rules, now);
  if (why === undefined) {
    const dueMs = Math.min(
      renewalTime(authority.certificate),
      renewalTime(leaf?.pair.certificate ?? authority.certificate),
    );
    return { do: "rest", forMs: Math.max(0, Math.min(longestRestMs, dueMs - now)) };
  }
  if (leaf === undefined || !isGood(leaf, now)) return { do: "new-leaf", why };
  // What is served works. Its successor must as well, from its first connection on.
  if (trustedForMs === undefined) return { do: "rest", forMs: longestRestMs };
  return trustedForMs < rules.settleMs ? { do: "rest", forMs: rules.settleMs - trustedForMs } : { do: "new-leaf", why };
}

/** Why the leaf is to be replaced. */
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
  if (!rules.names.every((name) => covers(certificate, name))) return "it does not name what is asked for";
  return renewalTime(certificate) <= now ? "it is due" : undefined;
}

function isGood({ pair, ca }: StoredLeaf, now: number): boolean {
  const { certificate } = pair;
  if (certificate.validToDate.getTime() <= now) return false;
  return parseBundle(ca).some((issuer) => isIssuedBy(certificate, issuer));
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function covers(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return found !== undefined;
}

function unexpired(pem: string, now: number): string {
  return printBundle(parseBundle(pem).filter(({ validToDate }) => validToDate.getTime() > now));
}
