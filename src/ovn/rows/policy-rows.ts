import { createHash } from "node:crypto";
import { type Cidr, printCidr } from "#src/net/cidr.ts";
import type { Family } from "#src/net/ip.ts";
import { externalId } from "../external-ids.ts";
import { groupName, groupsRowName } from "../policy-group.ts";
import { aclPriorities } from "./flow-priorities.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { acl, addressSet, portGroup } from "../owned/topology-tables.ts";

/** Ports of one protocol; without `first` all of them. */
interface PolicyPortMatch {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly first?: number;
  readonly last?: number;
}

/** A rule of a policy on one network. Groups are named by the text of their selectors. */
export interface AppliedRule {
  /** It tells the rules of one policy apart. */
  readonly id: string;
  readonly direction: "ingress" | "egress";
  /** The ports that the rule opens: those that the policy isolates, or the part of them that has a named port. */
  readonly group: string;
  /** Undefined opens them to everybody. */
  readonly peers: { readonly groups: readonly string[]; readonly blocks: readonly Cidr[] } | undefined;
  /** Undefined opens all traffic. */
  readonly ports: readonly PolicyPortMatch[] | undefined;
}

/** A policy on one network. */
export interface AppliedPolicy {
  readonly uid: string;
  /** `namespace/name`, for people who read the row. */
  readonly policy: string;
  readonly network: string;
  readonly families: readonly Family[];
  /** The group of the ports that the policy isolates. */
  readonly group: string;
  readonly isolates: readonly ("ingress" | "egress")[];
  readonly rules: readonly AppliedRule[];
}

/** The scope of the rows of all policies. Groups are shared by policies with the same selectors. */
export const policyScope = "policies";

const groupId = (text: string, cluster: string): string => `${policyScope}/${groupName(text, cluster)}`;
const setId = (name: string): string => `${policyScope}/${name}`;

/** An ACL stays in the group in which it was made. So a rule that comes to open another group is another row. */
const ruleId = ({ uid }: AppliedPolicy, group: string, rest: string): string =>
  `${policyScope}/rule/${uid}/${group}/${rest}`;

/**
 * Gives the port groups, ACLs and address sets of the policies, and the row that names the state of the groups. An ACL drops all
 * IP traffic of a group that a policy isolates, in that direction; others come before it and allow what a rule of any policy
 * allows. ARP is no IP, and the discovery of neighbours is allowed explicitly.
 */
export function policyRows(policies: readonly AppliedPolicy[], cluster: string): readonly DesiredRow[] {
  const groups = new Set(policies.flatMap(groupsOf));
  const acls = new Map<string, DesiredRow>();
  const sets = new Map<string, DesiredRow>();
  for (const [group, those] of Map.groupBy(policies, (policy) => policy.group)) {
    for (const direction of ["ingress", "egress"] as const) {
      const isolating = those.filter(({ isolates }) => isolates.includes(direction));
      if (isolating.length === 0) continue;
      for (const row of isolationRows(group, direction, isolating, cluster)) acls.set(row.id, row);
    }
  }
  for (const policy of policies) {
    for (const rule of policy.rules) {
      for (const row of ruleRows(policy, rule, cluster, sets)) acls.set(row.id, row);
    }
  }
  if (groups.size === 0) return [];
  const groupRows = [...groups].sort().map((text): DesiredRow => {
    return {
      id: groupId(text, cluster),
      table: portGroup,
      columns: { name: groupName(text, cluster) },
      settings: { [externalId("members")]: text },
    };
  });
  return [...groupRows, groupsRow([...groups], cluster), ...sets.values(), ...acls.values()];
}

/** The row that names the groups which there are. A webhook that knows other groups notices by it before it writes. */
export function groupsRow(texts: readonly string[], cluster: string): DesiredRow {
  const names = texts.map((text) => groupName(text, cluster)).sort();
  const name = groupsRowName(cluster);
  return {
    id: `${policyScope}/${name}`,
    table: portGroup,
    columns: { name },
    settings: { [externalId("groups")]: hashOf(names.join(" ")) },
  };
}

function groupsOf({ group, rules }: AppliedPolicy): readonly string[] {
  return [group, ...rules.flatMap((rule) => [rule.group, ...(rule.peers?.groups ?? [])])];
}

const toPort = { ingress: "to-lport", egress: "from-lport" } as const;
const portOf = { ingress: "outport", egress: "inport" } as const;
const opposite = { ingress: "egress", egress: "ingress" } as const;
const mostNamed = 8;
const discovery = "(nd || nd_rs || nd_ra || mldv1 || mldv2)";

function isolationRows(
  text: string,
  direction: AppliedRule["direction"],
  policies: readonly AppliedPolicy[],
  cluster: string,
): readonly DesiredRow[] {
  const names = [...new Set(policies.map(({ policy }) => policy))].sort();
  // The number of policies with one selector has no limit, and nobody reads a long list.
  const policy = names.length > mostNamed ? `${names.slice(0, mostNamed).join(",")},...` : names.join(",");
  const name = groupName(text, cluster);
  const row = (
    what: string,
    towards: AppliedRule["direction"],
    priority: keyof typeof aclPriorities,
    match: string,
    action: string,
  ): DesiredRow => ({
    id: `${policyScope}/${what}/${name}/${towards}`,
    table: acl,
    columns: {
      direction: toPort[towards],
      priority: aclPriorities[priority].priority,
      match: `${portOf[towards]} == @${name} && ${match}`,
      action,
    },
    ...(what === "isolate" ? { settings: { [externalId("policy")]: policy } } : {}),
    parent: { id: groupId(text, cluster), column: "acls" },
  });
  return [
    row("isolate", direction, "policy-isolate", "ip", "drop"),
    row("discovery", direction, "policy-allow", discovery, "allow"),
    // OVN remembers connections, so that answers pass, only on a switch with an ACL that says so.
    row("answers", opposite[direction], "baseline", "ip", "allow-related"),
  ];
}

function ruleRows(
  policy: AppliedPolicy,
  rule: AppliedRule,
  cluster: string,
  sets: Map<string, DesiredRow>,
): readonly DesiredRow[] {
  const { direction, group, peers } = rule;
  const name = groupName(group, cluster);
  return portMatches(rule).flatMap(([protocol, ports]) =>
    peerMatches(policy, rule, cluster, sets).map(([family, from]) => {
      const parts = [`${portOf[direction]} == @${name}`, from, ports].filter((part) => part !== "");
      return {
        id: ruleId(policy, name, `${direction}-${rule.id}-${family}-${protocol}`),
        table: acl,
        columns: {
          direction: toPort[direction],
          priority: aclPriorities["policy-allow"].priority,
          match: (peers === undefined && ports === "" ? [...parts, "ip"] : parts).join(" && "),
          action: "allow-related",
        },
        settings: { [externalId("policy")]: policy.policy },
        parent: { id: groupId(group, cluster), column: "acls" },
      };
    }),
  );
}

/** One match for each family, since an expression of OVN is simple only in one of them. */
function peerMatches(
  { families }: AppliedPolicy,
  { direction, peers }: AppliedRule,
  cluster: string,
  sets: Map<string, DesiredRow>,
): readonly (readonly [string, string])[] {
  if (peers === undefined) return [["any", ""]];
  const field = direction === "ingress" ? "src" : "dst";
  return families.flatMap((family) => {
    const texts = peers.groups.map((text) => `$${groupName(text, cluster)}_ip${family}`);
    const blocks = peers.blocks.filter((cidr) => cidr.family === family).map(printCidr);
    if (blocks.length > 0) texts.push(`$${blockSet(blocks, cluster, sets)}`);
    return texts.length === 0 ? [] : [[`ipv${family}`, `ip${family}.${field} == {${texts.join(", ")}}`] as const];
  });
}

/** The address set of the prefixes; rules with the same prefixes share it. */
function blockSet(blocks: readonly string[], cluster: string, sets: Map<string, DesiredRow>): string {
  const addresses = [...new Set(blocks)].sort();
  const name = `ovn4nfv_block_${hashOf([cluster, ...addresses].join(" "))}`;
  sets.set(name, { id: setId(name), table: addressSet, columns: { name, addresses } });
  return name;
}

function portMatches({ ports }: AppliedRule): readonly (readonly [string, string])[] {
  if (ports === undefined) return [["any", ""]];
  return [...Map.groupBy(ports, ({ protocol }) => protocol.toLowerCase())].map(([protocol, those]) => {
    if (those.some(({ first }) => first === undefined)) return [protocol, protocol];
    const single = those.filter(({ first, last }) => first === last).map(({ first }) => first);
    const ranges = those.filter(({ first, last }) => first !== last);
    const terms = [
      ...(single.length === 0 ? [] : [`${protocol}.dst == {${[...new Set(single)].join(", ")}}`]),
      ...ranges.map(({ first, last }) => `(${protocol}.dst >= ${first} && ${protocol}.dst <= ${last})`),
    ];
    return [protocol, terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" || ")})`];
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 20);
}
