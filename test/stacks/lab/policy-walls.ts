// Enforces NetworkPolicies on the lab's nodes, because the bridge plugin of their first interfaces enforces none. It knows what
// the policies of an installation say: ingress over TCP, from address ranges or from everywhere, to named ports. The lab has IPv4.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";

export interface NetworkPolicy extends KubeObject {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly IngressRule[];
  };
}

interface IngressRule {
  readonly ports: readonly { readonly port: string; readonly protocol: "TCP" }[];
  readonly from?: readonly { readonly ipBlock: { readonly cidr: string; readonly except?: readonly string[] } }[];
}

export interface WalledPod extends KubeObject {
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
  readonly status: { readonly podIP?: string };
}

const table = "lab_policies";
/** Pods of a node reach each other over its bridge, and all others are routed. */
const families = ["bridge", "inet"] as const;
/** The first packet of a connection. A bridge of this kernel does not track connections. */
const opening = "tcp flags & (syn | ack) == syn";

/** Puts up the walls on a node, in place of those before. */
export async function wallPods(
  node: LabNode,
  policies: readonly NetworkPolicy[],
  pods: readonly WalledPod[],
): Promise<void> {
  await removeWalls(node);
  const rules = pods.flatMap((pod) => rulesOf(pod, policies));
  const text = families.map((family) => {
    const hook = "type filter hook forward priority -10; policy accept;";
    return `table ${family} ${table} {\n chain forward {\n  ${hook}\n  ${rules.join("\n  ")}\n }\n}`;
  });
  await node.machine.must("nft", ["-f", "-"], { input: text.join("\n") });
}

export async function removeWalls(node: LabNode): Promise<void> {
  const text = families.map((family) => `table ${family} ${table}\ndelete table ${family} ${table}`);
  await node.machine.must("nft", ["-f", "-"], { input: text.join("\n") });
}

/** A pod that no policy selects may be reached by everybody, and one that a policy selects only as the policies say. */
function rulesOf({ metadata, spec, status }: WalledPod, policies: readonly NetworkPolicy[]): readonly string[] {
  const own = policies.filter(
    (policy) =>
      policy.metadata.namespace === metadata.namespace &&
      policy.spec.policyTypes.includes("Ingress") &&
      Object.entries(policy.spec.podSelector.matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
  );
  if (own.length === 0 || status.podIP === undefined) return [];
  const to = `ip daddr ${status.podIP}`;
  const named = new Map(spec.containers.flatMap(({ ports = [] }) => ports.map((one) => [one.name, one.containerPort])));
  const allowed = own.flatMap((policy) =>
    (policy.spec.ingress ?? []).flatMap(({ ports, from }) => {
      const blocks = from?.filter(({ ipBlock }) => !ipBlock.cidr.includes(":"));
      const sources = blocks?.map(({ ipBlock: { cidr, except = [] } }) => {
        return [`ip saddr ${cidr}`, ...except.map((range) => `ip saddr != ${range}`)].join(" ");
      });
      return (sources ?? [""]).flatMap((source) =>
        ports.map(({ port }) => `${source} ${to} tcp dport ${named.get(port)} accept`.trim()),
      );
    }),
  );
  return [...allowed, `${to} ${opening} drop`];
}
