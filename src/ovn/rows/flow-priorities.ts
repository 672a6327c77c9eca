// The priorities of all router policies and ACLs that the product writes or will write, in one table: whoever adds a row
// to them sees what comes before it and after it. OVN takes the row with the highest number; 0 to 32767 are allowed.

interface PriorityEntry {
  readonly priority: number;
  readonly meaning: string;
}

/** The priorities of Logical_Router_Policy rows on the router of the networks. */
export const routerPolicyPriorities = {
  "chain-hop": {
    priority: 20_100,
    meaning: "A chain: sends slices of the traffic between its ends to one pod of the next function.",
  },
  "chain-closed": {
    priority: 20_000,
    meaning:
      "A chain: drops the traffic between its ends that no `chain-hop` takes. With onFailure Bypass it lets it pass where an end " +
      "is a ProviderNetwork.",
  },
  "provider-closed": {
    priority: 19_000,
    meaning: "A ProviderNetwork at the end of a chain: drops all traffic from it and to it that no chain has.",
  },
  "reach-open": {
    priority: 18_100,
    meaning: "A Network with reachableFrom: lets in what comes from the Networks that it names, and from outside.",
  },
  "reach-closed": {
    priority: 18_000,
    meaning: "A Network with reachableFrom: drops what comes from other Networks.",
  },
} as const satisfies Readonly<Record<string, PriorityEntry>>;

/** The priorities of ACL rows. OVN 23.03 has no tiers, so that one order holds for all of them. */
export const aclPriorities = {
  "policy-allow": {
    priority: 3_000,
    meaning: "A network policy: admits what it allows, and the discovery of neighbours.",
  },
  "policy-isolate": {
    priority: 2_000,
    meaning: "A network policy: drops everything else of a pod that it selects.",
  },
  baseline: {
    priority: 1_000,
    meaning:
      "What holds unless a policy says otherwise: the other direction of a pod that a policy selects is open, and OVN remembers its connections.",
  },
} as const satisfies Readonly<Record<string, PriorityEntry>>;
