// The parts of a policy are counted before anything is made of them: they are multiplied by its networks, and by each other.
import { refusal } from "#src/core/errors.ts";
import type { PolicyPeer, PolicyPort } from "./policy-schema.ts";

/** The most of each thing that all rules of a policy may have together. */
export const policySizes = {
  podPeers: 256,
  ports: 256,
  /** Rules, or peers that are selected by labels, each counted once on each network of the policy. */
  onNetworks: 1_024,
  /** Named ports of an egress rule, each with each of its peers: each such pair is a group of its own. */
  namedPairs: 1_024,
} as const;

interface SizedRule {
  readonly ports?: readonly PolicyPort[] | null | undefined;
  readonly from?: readonly PolicyPeer[] | null | undefined;
  readonly to?: readonly PolicyPeer[] | null | undefined;
}

/** Throws `Malformed` for rules that are too many in all. `networks` is the number of networks that the policy names. */
export function checkPolicySize(rules: readonly SizedRule[], networks: number): void {
  const sum = (count: (rule: SizedRule) => number): number => rules.reduce((all, rule) => all + count(rule), 0);
  const podPeers = sum((rule) => podPeersOf(rule.from) + podPeersOf(rule.to));
  const cure = "make several policies, or select the peers by a label that they have in common";
  most(podPeers, policySizes.podPeers, "peers that are selected by labels", cure);
  most(
    sum(({ ports }) => ports?.length ?? 0),
    policySizes.ports,
    "ports in its rules",
    "write ranges with endPort, or make several policies",
  );
  most(rules.length * networks, policySizes.onNetworks, "rules on all its networks together", "name fewer networks");
  most(podPeers * networks, policySizes.onNetworks, "peers on all its networks together", "name fewer networks");
  most(
    sum(({ ports, to }) => namedOf(ports) * podPeersOf(to)),
    policySizes.namedPairs,
    "pairs of a named port and a peer in egress rules",
    "write numbers of ports instead of names, or select the peers by a label that they have in common",
  );
}

function podPeersOf(peers: readonly PolicyPeer[] | null | undefined): number {
  return peers?.filter(({ ipBlock }) => ipBlock === null || ipBlock === undefined).length ?? 0;
}

function namedOf(ports: readonly PolicyPort[] | null | undefined): number {
  return ports?.filter(({ port }) => typeof port === "string").length ?? 0;
}

function most(count: number, limit: number, what: string, remedy: string): void {
  if (count <= limit) return;
  const reason = `has ${count} ${what}, and may have ${limit}`;
  throw refusal("Malformed", { field: "spec", value: undefined, reason, remedy });
}
