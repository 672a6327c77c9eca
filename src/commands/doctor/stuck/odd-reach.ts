import { type NetworkConfig, parseNetwork } from "#src/api/network/network-config.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { BrokenObject } from "./stuck-facts.ts";

/** The Networks whose `reachableFrom` does not do what its author may think: it names nobody, or answers do not come back. */
export function oddReach(objects: readonly KubeObject[]): readonly BrokenObject[] {
  const all = objects
    .map((object) => readOrSay(() => parseNetwork(object)))
    .filter((config) => typeof config !== "string");
  return all.flatMap((config): readonly BrokenObject[] => {
    const why = whyOdd(config, all);
    return why === undefined ? [] : [{ namespace: config.namespace, name: config.name, why }];
  });
}

function whyOdd({ name, namespace, reachableFrom }: NetworkConfig, all: readonly NetworkConfig[]): string | undefined {
  if (reachableFrom === undefined) return undefined;
  const { networks, namespaces } = reachableFrom;
  const missing = networks.find((one) => all.every((other) => other.name !== one));
  if (missing !== undefined) return `reachableFrom names the Network ${missing}, which is not there`;
  const empty = namespaces.find((one) => all.every((other) => other.namespace !== one));
  if (empty !== undefined) return `reachableFrom names the namespace ${empty}, which has no Network`;
  const letIn = all.filter((other) => networks.includes(other.name) || namespaces.includes(other.namespace));
  const closed = letIn.find(({ reachableFrom: back }) => {
    return back !== undefined && !back.networks.includes(name) && !back.namespaces.includes(namespace);
  });
  return closed && `it lets in ${closed.name}, whose own reachableFrom does not let answers from ${name} back in`;
}
