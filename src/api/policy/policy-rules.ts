// The rules of a MultiNetworkPolicy as plain values, and their limits: a policy becomes rows and flows on every node.
import { refusal } from "#src/core/errors.ts";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";
import { cidrDifference } from "#src/net/cidr-difference.ts";
import { findSelectorProblem } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import type { PolicyPeer, PolicyPort, PolicySpec } from "./policy-schema.ts";
import { checkPolicySize } from "./policy-size.ts";

export type Direction = "ingress" | "egress";

/** Pods that a rule allows as peers. */
export interface PeerPods {
  /** The namespace of the policy, where only pods are selected. */
  readonly namespace: string | undefined;
  readonly namespaces: LabelSelector | undefined;
  readonly pods: LabelSelector;
}

/** Ports that a rule allows. Without a number and a name they are all ports of the protocol. */
export interface RulePort {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly first?: number;
  /** The last port of a range; the same as `first` for a single one. */
  readonly last?: number;
  readonly name?: string;
}

export interface PolicyRule {
  readonly direction: Direction;
  /** The place of the rule in its list. */
  readonly index: number;
  /** Undefined allows everybody. */
  readonly peers: { readonly pods: readonly PeerPods[]; readonly blocks: readonly Cidr[] } | undefined;
  /** Undefined allows all traffic. */
  readonly ports: readonly RulePort[] | undefined;
}

/** The most of each thing that a policy may have. */
export const policyLimits = {
  rules: 128,
  peers: 128,
  ports: 128,
  excepts: 128,
  prefixes: 4_096,
  selectorCharacters: 4_096,
} as const;

/**
 * Reads the rules of the directions for a policy that names so many networks. Throws `Malformed` with the field that is wrong, or
 * that has too many entries. It counts before it makes anything, or while it does.
 */
export function parseRules(
  spec: PolicySpec,
  directions: readonly Direction[],
  namespace: string,
  networks: number,
): readonly PolicyRule[] {
  for (const direction of directions) {
    const { length } = spec[direction] ?? [];
    limit(`spec.${direction}`, length, "rules", "make several policies: their rules are added up");
  }
  checkPolicySize(
    directions.flatMap((direction) => [...(spec[direction] ?? [])]),
    networks,
  );
  let prefixes = 0;
  const spend = (count: number): void => {
    prefixes += count;
    if (prefixes <= policyLimits.prefixes) return;
    const reason = `needs more than ${policyLimits.prefixes} prefixes for its ipBlocks`;
    throw wrong("spec", undefined, reason, "name fewer or larger prefixes in `except`");
  };
  return directions.flatMap((direction) =>
    (spec[direction] ?? []).map((rule, index): PolicyRule => {
      const side = direction === "ingress" ? "from" : "to";
      const at = `spec.${direction}[${index}]`;
      const list = (rule as Readonly<Record<string, readonly PolicyPeer[] | null | undefined>>)[side] ?? [];
      const peers = parsePeers(list, `${at}.${side}`, namespace, spend);
      return { direction, index, peers, ports: parsePorts(rule, at) };
    }),
  );
}

function parsePeers(
  list: readonly PolicyPeer[],
  at: string,
  namespace: string,
  spend: (prefixes: number) => void,
): PolicyRule["peers"] {
  if (list.length === 0) return undefined;
  limit(at, list.length, "peers", "write several rules, or select the peers by a label that they have in common");
  const pods: PeerPods[] = [];
  const blocks: Cidr[] = [];
  for (const [index, { podSelector, namespaceSelector, ipBlock }] of list.entries()) {
    const field = `${at}[${index}]`;
    const selectors = [podSelector, namespaceSelector].filter((one) => one !== null && one !== undefined);
    for (const selector of selectors) checkSelector(selector, field);
    if (ipBlock !== null && ipBlock !== undefined) {
      if (selectors.length > 0) {
        throw wrong(field, undefined, "has an ipBlock beside a selector", "write two peers, one with each of them");
      }
      const found = parseBlock(ipBlock, `${field}.ipBlock`);
      spend(found.length);
      blocks.push(...found);
    } else if (selectors.length === 0) {
      throw wrong(field, undefined, "names nobody", "write a podSelector, a namespaceSelector or an ipBlock");
    } else {
      const isElsewhere = namespaceSelector !== null && namespaceSelector !== undefined;
      pods.push({
        namespace: isElsewhere ? undefined : namespace,
        namespaces: namespaceSelector ?? undefined,
        pods: podSelector ?? {},
      });
    }
  }
  return { pods, blocks };
}

function checkSelector(selector: LabelSelector, field: string): void {
  const problem = findSelectorProblem(selector);
  if (problem !== undefined) {
    throw wrong(`${field}.${problem.field}`, problem.value, problem.reason, "write labels as pods have them");
  }
  const { length } = JSON.stringify(selector);
  if (length <= policyLimits.selectorCharacters) return;
  const reason = `is a selector of ${length} characters, and may have ${policyLimits.selectorCharacters}`;
  throw wrong(field, undefined, reason, "give the pods one label that says the same");
}

function parseBlock(block: NonNullable<PolicyPeer["ipBlock"]>, field: string): readonly Cidr[] {
  const whole = parsePrefix(block.cidr, `${field}.cidr`);
  const excepts = block.except ?? [];
  limit(`${field}.except`, excepts.length, "excepts", "name fewer or larger prefixes");
  return cidrDifference(
    whole,
    excepts.map((text, index) => parsePrefix(text, `${field}.except[${index}]`)),
  );
}

function parsePrefix(text: string, field: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw wrong(field, text, "is no prefix", "write one as 10.1.0.0/24 or fd00::/64");
  return parsed.cidr;
}

function parsePorts({ ports }: { readonly ports?: readonly PolicyPort[] | null | undefined }, at: string) {
  if (ports === undefined || ports === null || ports.length === 0) return undefined;
  limit(`${at}.ports`, ports.length, "ports", "write ranges with endPort, or several rules");
  return ports.map((entry, index): RulePort => {
    const field = `${at}.ports[${index}]`;
    const protocol = entry.protocol ?? "TCP";
    const { port, endPort } = entry;
    if (typeof port === "string") {
      if (endPort === undefined || endPort === null) return { protocol, name: port };
      throw wrong(`${field}.endPort`, endPort, "stands beside a port with a name", "write the first port as a number");
    }
    if (port === undefined || port === null) {
      if (endPort === undefined || endPort === null) return { protocol };
      throw wrong(`${field}.endPort`, endPort, "has no first port", "write port as well");
    }
    const last = endPort ?? port;
    if (last < port) throw wrong(`${field}.endPort`, last, `is less than port ${port}`, "write the larger one here");
    return { protocol, first: port, last };
  });
}

function limit(field: string, count: number, what: "rules" | "peers" | "ports" | "excepts", remedy: string): void {
  const most = policyLimits[what];
  if (count > most) throw wrong(field, count, `is a list with more than ${most} entries`, remedy);
}

function wrong(field: string, value: unknown, reason: string, remedy: string) {
  return refusal("Malformed", { field, value, reason, remedy });
}
