import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { GroupedPod } from "#src/api/policy/group-selector.ts";
import { readGroupSelector, isGrouped } from "#src/api/policy/group-selector.ts";
import { parseResult } from "#src/api/result.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import { projectNetworkedPod } from "../pods/networked-pod.ts";
import { decidePolicy, type PolicyProblem, type PolicyWorld } from "./policy-decision.ts";
import { type PolicyObject, projectPolicy, projectPolicyDefinition, projectPolicyNamespace } from "./policy-objects.ts";

/** A policy, and whom it is about on each of its networks. */
export interface PolicyView {
  readonly policy: PolicyObject;
  readonly networks: readonly {
    readonly network: string;
    readonly isolates: readonly ("ingress" | "egress")[];
    readonly rules: number;
    /** Names of the pods that it selects. */
    readonly pods: readonly string[];
  }[];
  readonly problems: readonly PolicyProblem[];
}

/** Reads from the API server alone which policies there are, and what the controller makes of them. */
export async function readPolicies(client: ApiClient, call: CallOptions): Promise<readonly PolicyView[]> {
  const list = (resource: Resource) => new ResourceApi(client, resource).listInstalled({}, call);
  const { multiNetworkPolicies } = resources;
  const newest = await list(multiNetworkPolicies);
  const policies = newest.length > 0 ? newest : await list({ ...multiNetworkPolicies, version: "v1beta1" });
  if (policies.length === 0) return [];
  const pods = new ResourceApi(client, resources.pods).list({ labelSelector: annotationKeys.allocation.key }, call);
  const [{ items }, namespaces, definitions, networks, provider] = await Promise.all([
    pods,
    list(resources.namespaces),
    list(resources.networkAttachmentDefinitions),
    list(resources.networks),
    list(resources.providerNetworks),
  ]);
  const names = [...networks, ...provider].map(({ metadata }) => metadata.name);
  return viewPolicies(policies, { pods: items, namespaces, definitions, networks: names });
}

interface ReadObjects {
  readonly pods: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly definitions: readonly KubeObject[];
  readonly networks: readonly string[];
}

/** Says what policies do, by objects that were read. A network is also known by the pods that are on it. */
export function viewPolicies(policies: readonly KubeObject[], read: ReadObjects): readonly PolicyView[] {
  const labels = new Map(read.namespaces.map(projectPolicyNamespace).map((one) => [one.name, one.labels]));
  const placed = read.pods.flatMap((raw) => {
    const { name, namespace, labels: own, ports } = projectNetworkedPod(raw);
    const facts: GroupedPod = { namespace, labels: own, ports, namespaceLabels: labels.get(namespace) ?? {} };
    return networksOf(raw).map((network) => ({ network, name, facts }));
  });
  const byNetwork = Map.groupBy(placed, ({ network }) => network);
  const definitions = new Map(
    read.definitions.map((raw) => [
      `${raw.metadata.namespace ?? ""}/${raw.metadata.name}`,
      projectPolicyDefinition(raw),
    ]),
  );
  const known = new Set([...read.networks, ...byNetwork.keys()]);
  const world: PolicyWorld = {
    definition: (key) => definitions.get(key),
    families: (network) => (known.has(network) ? [4, 6] : undefined),
    pods: (network) => (byNetwork.get(network) ?? []).map(({ facts }) => facts),
  };
  return policies.map(projectPolicy).map((policy): PolicyView => {
    const { applied, problems } = decidePolicy(policy, world);
    const networks = applied.map(({ network, group, isolates, rules }) => {
      const selector = readGroupSelector(group);
      const pods = (byNetwork.get(network) ?? []).filter(({ facts }) => selector && isGrouped(selector, facts));
      return { network, isolates, rules: rules.length, pods: pods.map(({ name }) => name).sort() };
    });
    return { policy, networks, problems };
  });
}

function networksOf(pod: KubeObject): readonly string[] {
  const text = pod.metadata.annotations?.[annotationKeys.result.key];
  const result = text === undefined ? [] : readOrSay(() => parseResult(text));
  return typeof result === "string" ? [] : [...new Set(result.map(({ network }) => network))];
}
