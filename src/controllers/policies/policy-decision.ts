import { type GroupedPod, type GroupSelector, isGrouped, printGroupSelector } from "#src/api/policy/group-selector.ts";
import type { PolicyConfig, PolicyTarget } from "#src/api/policy/policy-config.ts";
import type { PolicyRule, RulePort } from "#src/api/policy/policy-rules.ts";
import type { Family } from "#src/net/ip.ts";
import type { AppliedPolicy, AppliedRule } from "#src/ovn/rows/policy-rows.ts";
import type { PolicyDefinition, PolicyObject } from "./policy-objects.ts";

/** Everything that policies depend on, at one moment. */
export interface PolicyWorld {
  /** The definition of a name (`namespace/name`). */
  readonly definition: (key: string) => PolicyDefinition | undefined;
  /** The families of the addresses on a network; undefined when there is none of that name. */
  readonly families: (network: string) => readonly Family[] | undefined;
  /** The pods with ports on a network. */
  readonly pods: (network: string) => readonly GroupedPod[];
}

export interface PolicyDecision {
  /** The policy on each of its networks. It is empty when the policy is about other networks than ours. */
  readonly applied: readonly AppliedPolicy[];
  readonly problems: readonly PolicyProblem[];
}

export interface PolicyProblem {
  readonly reason: "Invalid" | "UnknownNetwork" | "NoNetwork" | "UnknownPort";
  readonly message: string;
}

/** Decides what a policy does: on which networks, and with which groups. A fault never opens what it selects. */
export function decidePolicy({ config }: Pick<PolicyObject, "config">, world: PolicyWorld): PolicyDecision {
  if (typeof config === "string") {
    return { applied: [], problems: [{ reason: "Invalid", message: config }] };
  }
  const { networks, problems } = policyNetworks(config, world);
  if (config.fault !== undefined && networks.length > 0) {
    const message = `its pods are isolated, and nothing is allowed: ${config.fault.message}`;
    problems.push({ reason: "Invalid", message });
  }
  const applied = networks.map((network) => applyTo(network, config, world, problems));
  return { applied, problems };
}

/** Finds the networks that a policy is about, and says what is wrong with the others that it names. */
export function policyNetworks(
  { targets }: Pick<PolicyConfig, "targets">,
  world: Pick<PolicyWorld, "definition" | "families">,
): { readonly networks: readonly string[]; readonly problems: PolicyProblem[] } {
  const problems: PolicyProblem[] = [];
  const networks = new Set(targets.flatMap((target) => networkOfTarget(target, world, problems) ?? []));
  return { networks: [...networks], problems };
}

/** Finds the network that a name stands for: the one of a definition of ours, else the network of that name. */
function networkOfTarget(
  { namespace, name }: PolicyTarget,
  world: Pick<PolicyWorld, "definition" | "families">,
  problems: PolicyProblem[],
): string | undefined {
  const definition = world.definition(`${namespace}/${name}`);
  // A definition of another plugin is for those who enforce policies there.
  if (definition !== undefined && definition.own === undefined) return undefined;
  const network = definition === undefined ? name : definition.own?.network;
  if (network === undefined) {
    const message = `the definition ${namespace}/${name} names no network of its own: write the names of networks into policy-for`;
    problems.push({ reason: "NoNetwork", message });
    return undefined;
  }
  if (world.families(network) !== undefined) return network;
  const message = `there is no network ${network}: create a Network of that name, or correct policy-for`;
  problems.push({ reason: "UnknownNetwork", message });
  return undefined;
}

function applyTo(network: string, config: PolicyConfig, world: PolicyWorld, problems: PolicyProblem[]): AppliedPolicy {
  const { uid, namespace, name, isolates, rules } = config;
  const subject: GroupSelector = { network, namespace, pods: config.pods };
  const hasNames = rules.some(({ ports }) => ports?.some((port) => port.name !== undefined) === true);
  const named = hasNames ? podsByPort(world.pods(network)) : new Map();
  return {
    uid,
    policy: `${namespace}/${name}`,
    network,
    families: world.families(network) ?? [],
    group: printGroupSelector(subject),
    isolates,
    rules: rules.flatMap((rule) => applyRule(rule, subject, named, problems)),
  };
}

function applyRule(
  rule: PolicyRule,
  subject: GroupSelector,
  named: NamedPods,
  problems: PolicyProblem[],
): readonly AppliedRule[] {
  const { direction, index, ports } = rule;
  const { network } = subject;
  const peers = rule.peers?.pods.map((one): GroupSelector => ({ network, ...present(one) }));
  const blocks = rule.peers?.blocks ?? [];
  const open = {
    direction,
    group: printGroupSelector(subject),
    peers: peers && { groups: peers.map(printGroupSelector), blocks },
  };
  const numbered = ports?.filter(({ name }) => name === undefined);
  const plain: readonly AppliedRule[] =
    numbered === undefined || numbered.length > 0 ? [{ ...open, id: String(index), ports: numbered }] : [];
  const byName = (ports ?? []).filter(({ name }) => name !== undefined);
  return [
    ...plain,
    ...byName.flatMap((port): readonly AppliedRule[] => {
      // A name stands for the number that the pod which gets the packets has given to it.
      const receivers = direction === "ingress" ? [subject] : (peers ?? [{ network, pods: {} }]);
      const numbers = numbersOf(port, receivers, named);
      if (numbers.length === 0) problems.push(unknownPort(port, rule, network));
      return numbers.map((number) => {
        const narrow = (selector: GroupSelector): string =>
          printGroupSelector({ ...selector, port: { name: port.name ?? "", protocol: port.protocol, number } });
        const id = `${index}-${port.protocol}-${port.name}-${number}`;
        const match = [{ protocol: port.protocol, first: number, last: number }];
        if (direction === "ingress") return { ...open, id, group: narrow(subject), ports: match };
        // A prefix has no pods that could say what the name means.
        return { ...open, id, peers: { groups: receivers.map(narrow), blocks: [] }, ports: match };
      });
    }),
  ];
}

function present({ namespace, namespaces, pods }: NonNullable<PolicyRule["peers"]>["pods"][number]) {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(namespaces === undefined ? {} : { namespaces }),
    pods,
  };
}

/** The pods that have a port, by its protocol and name and then by its number. */
type NamedPods = ReadonlyMap<string, ReadonlyMap<number, readonly GroupedPod[]>>;

function podsByPort(pods: readonly GroupedPod[]): NamedPods {
  const found = new Map<string, Map<number, GroupedPod[]>>();
  for (const pod of pods) {
    for (const { protocol, name, number } of pod.ports) {
      const key = `${protocol}/${name}`;
      const numbers = found.get(key) ?? new Map<number, GroupedPod[]>();
      found.set(key, numbers);
      const those = numbers.get(number) ?? [];
      numbers.set(number, those);
      those.push(pod);
    }
  }
  return found;
}

function numbersOf(
  { protocol, name = "" }: RulePort,
  receivers: readonly GroupSelector[],
  named: NamedPods,
): readonly number[] {
  const numbers = [...(named.get(`${protocol}/${name}`) ?? [])];
  return numbers
    .filter(([, pods]) => pods.some((pod) => receivers.some((selector) => isGrouped(selector, pod))))
    .map(([number]) => number)
    .sort((a, b) => a - b);
}

function unknownPort({ name, protocol }: RulePort, { direction, index }: PolicyRule, network: string): PolicyProblem {
  const message = `${direction}[${index}] allows the port ${name}, and no pod of it on ${network} has a ${protocol} port of that name yet`;
  return { reason: "UnknownPort", message };
}
