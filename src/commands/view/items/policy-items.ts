import { policyForKey } from "#src/api/policy/policy-config.ts";
import { policyNetworks, type PolicyProblem, type PolicyWorld } from "#src/controllers/policies/policy-decision.ts";
import type { PolicyObject } from "#src/controllers/policies/policy-objects.ts";
import type { ViewPod, ViewPolicy } from "#src/view/contract/view-item.ts";
import { type Readiness, viewKey } from "./readiness.ts";
import type { KnownObjects } from "./view-facts.ts";

type NamedWorld = Pick<PolicyWorld, "definition" | "families">;

/** The networks that a policy is about, and what is wrong with the others that it names. */
type NetworksOfPolicy = ReturnType<typeof policyNetworks>;

/** Makes the world in which policies name networks. A network is also known by the pods that are on it. */
export function namedWorld(
  { definitions = [] }: KnownObjects,
  pods: readonly ViewPod[],
  networks: Iterable<string>,
): NamedWorld {
  const byKey = new Map(definitions.map((one) => [`${one.namespace}/${one.name}`, one]));
  const known = new Set([...networks].map((name) => viewKey("network", name)));
  for (const { interfaces } of pods) for (const { network } of interfaces) known.add(network ?? "");
  return {
    definition: (key) => byKey.get(key),
    families: (network) => (known.has(viewKey("network", network)) ? [] : undefined),
  };
}

/** Gives the networks of a policy; undefined for one whose networks are all those of other plugins. */
export function networksOfPolicy({ config }: PolicyObject, world: NamedWorld): NetworksOfPolicy | undefined {
  if (typeof config === "string") return { networks: [], problems: [] };
  const found = policyNetworks(config, world);
  const isElsewhere = config.targets.length > 0 && found.networks.length === 0 && found.problems.length === 0;
  return isElsewhere ? undefined : found;
}

/** `pods` is the number of pods that it selects on its networks. */
export function policyItem(
  { namespace, name, config }: PolicyObject,
  { networks, problems }: NetworksOfPolicy,
  pods: number,
): ViewPolicy {
  const read = typeof config === "string" ? undefined : config;
  return {
    kind: "policy",
    key: viewKey("policy", namespace, name),
    namespace,
    name,
    ...policyReadiness(config, problems, pods),
    networks: networks.map((network) => viewKey("network", network)),
    isolates: read?.isolates ?? [],
    rules: read?.rules.length ?? 0,
    pods,
  };
}

/** A network may be there that somebody may not list, so that only the policy's own faults count as such. */
function policyReadiness(config: PolicyObject["config"], problems: readonly PolicyProblem[], pods: number): Readiness {
  if (typeof config === "string") return { ready: "no", reason: "Invalid", message: config };
  if (config.fault !== undefined) return { ready: "no", reason: "Invalid", message: config.fault.message };
  const [problem] = problems;
  if (problem?.reason === "NoNetwork") return { ready: "no", reason: problem.reason, message: problem.message };
  if (problem !== undefined) return { ready: "unknown", message: "it names a network that is not shown here" };
  if (config.targets.length === 0)
    return { ready: "unknown", message: `it names no network: write the annotation ${policyForKey}` };
  return { ready: "yes", ...(pods === 0 && { message: "it selects no pod that is shown here" }) };
}
