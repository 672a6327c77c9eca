// The ports that a port group has: those of the pods on one network that a selector of a policy selects. The selector stands
// on the row of the group, so that a webhook knows from NB alone which groups a new port belongs to.
import * as z from "zod";
import { matchesSelector } from "../network/label-selector.ts";
import { type LabelSelector, selectorSchemaFor } from "../network/network-fields.ts";
import type { NamedPort } from "../pod/named-ports.ts";

const selectorSchema = z.object({
  /** The name of the network. */
  network: z.string(),
  /** The namespace of the pods, where a policy selects pods of its own one. */
  namespace: z.string().optional(),
  /** Selects the namespaces of the pods by their labels. */
  namespaces: selectorSchemaFor("namespace").optional(),
  pods: selectorSchemaFor("pod"),
  /** Only pods of which a container has a port of this name with this number. */
  port: z.object({ name: z.string(), protocol: z.string(), number: z.int() }).optional(),
});

export type GroupSelector = z.output<typeof selectorSchema>;

/** The facts about a pod that decide in which groups its ports are. */
export interface GroupedPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly ports: readonly NamedPort[];
}

/** Writes a selector for `external_ids`. Selectors that mean the same give the same text, whatever the order of their parts. */
export function printGroupSelector({ network, namespace, namespaces, pods, port }: GroupSelector): string {
  return JSON.stringify({
    network,
    namespace,
    namespaces: namespaces && ordered(namespaces),
    pods: ordered(pods),
    port: port && { name: port.name, protocol: port.protocol, number: port.number },
  });
}

/** Reads what `printGroupSelector` wrote; undefined for any other text. */
export function readGroupSelector(text: string): GroupSelector | undefined {
  try {
    return selectorSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** True when the ports of the pod on the selector's network belong to its group. */
export function isGrouped({ namespace, namespaces, pods, port }: GroupSelector, pod: GroupedPod): boolean {
  if (namespace !== undefined && pod.namespace !== namespace) return false;
  if (namespaces !== undefined && !matchesSelector(namespaces, pod.namespaceLabels)) return false;
  if (!matchesSelector(pods, pod.labels)) return false;
  return port === undefined || pod.ports.some((one) => isSamePort(one, port));
}

function isSamePort(a: NamedPort, b: NamedPort): boolean {
  return a.name === b.name && a.protocol === b.protocol && a.number === b.number;
}

function ordered({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = matchExpressions
    .map(({ key, operator, values }) => ({ key, operator, values: values && [...values].sort() }))
    .map((one) => ({ one, text: JSON.stringify(one) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ one }) => one);
  return {
    ...(labels.length === 0 ? {} : { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
  };
}
