// Random changes of labels, namespaces and policies, and a small model of what they end in.
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import type { AdmissionStack } from "../admission-stack.ts";
import { burst, tellErrors } from "../burst.ts";
import type { FlowEnd } from "../conformance/flow-prober.ts";

type Labels = Readonly<Record<string, string>>;

interface Peer {
  readonly podSelector?: { readonly matchLabels: Labels };
  readonly namespaceSelector?: { readonly matchLabels: Labels };
}

interface Rule {
  readonly peers: readonly Peer[];
  readonly port: number | undefined;
}

interface ChurnPolicy {
  readonly namespace: string;
  readonly pods: Labels;
  readonly ingress: readonly Rule[] | undefined;
  readonly egress: readonly Rule[] | undefined;
}

interface ChurnPod extends FlowEnd {
  readonly name: string;
  readonly namespace: string;
  labels: Labels;
}

export interface ChurnOptions {
  readonly stack: Pick<AdmissionStack, "client" | "create">;
  readonly network: string;
  readonly node: string;
  readonly pods: number;
  readonly policies: number;
  readonly random: () => number;
}

const namespaces = ["churn-a", "churn-b", "churn-c", "churn-d"] as const;
/** The ports about which policies say something. */
export const churnPorts = [80, 81] as const;

export class PolicyChurn {
  readonly #options: ChurnOptions;
  readonly #labels = new Map<string, Labels>();
  readonly #policies = new Map<string, ChurnPolicy>();
  readonly #pods: ChurnPod[] = [];
  readonly #api: Record<"namespaces" | "policies" | "pods", ResourceApi>;

  constructor(options: ChurnOptions) {
    this.#options = options;
    const api = (kind: keyof typeof resources, client: ApiClient) => new ResourceApi(client, resources[kind]);
    const { client } = options.stack;
    this.#api = {
      namespaces: api("namespaces", client),
      policies: api("multiNetworkPolicies", client),
      pods: api("pods", client),
    };
  }

  get pods(): readonly ChurnPod[] {
    return this.#pods;
  }

  /** Makes the namespaces, half of the policies, the pods, and then the other policies. */
  async start(): Promise<void> {
    const { stack, network, node, pods, policies } = this.#options;
    for (const namespace of namespaces) {
      const labels = { team: this.#one(["a", "b"]) };
      this.#labels.set(namespace, labels);
      const metadata = { name: namespace, labels };
      await this.#api.namespaces.create(undefined, { apiVersion: "v1", kind: "Namespace", metadata });
    }
    for (let n = 0; n < policies / 2; n += 1) await this.#put(`policy-${n}`);
    const outcomes = await burst({ concurrency: 8, count: pods }, async (n) => {
      const namespace = namespaces[n % namespaces.length] ?? "";
      const [name, labels] = [`churn-${n}`, this.#podLabels()];
      const annotations = request({ name: network, interface: "net0" });
      const manifest = podManifest({ name, namespace, labels, annotations, spec: { nodeName: node } });
      const [result] = resultOf(await stack.create(manifest, namespace));
      if (result === undefined) throw new Error(`${name} has no interface`);
      const address = (result.ip_address[0] ?? "").split("/")[0] ?? "";
      this.#pods.push({ name, namespace, labels, address, port: result.port, mac: result.mac_address });
    });
    if (tellErrors(outcomes) !== "") throw new Error(tellErrors(outcomes));
    // The same seed chooses the same pods, whichever was answered first.
    this.#pods.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (let n = Math.ceil(policies / 2); n < policies; n += 1) await this.#put(`policy-${n}`);
  }

  /** Makes one change at random. */
  async change(): Promise<void> {
    const kind = this.#options.random();
    if (kind < 0.5) await this.#relabelPod();
    else if (kind < 0.6) await this.#relabelNamespace();
    else await this.#changePolicy();
  }

  /** Says whether the rules of NetworkPolicy let a connection through. Selectors are labels that are equal. */
  allows(from: ChurnPod, to: ChurnPod, port: number): boolean {
    return this.#passes("ingress", to, from, port) && this.#passes("egress", from, to, port);
  }

  async end(): Promise<void> {
    for (const [name, { namespace }] of this.#policies) await this.#api.policies.delete({ namespace, name });
    for (const { namespace, name } of this.#pods)
      await this.#api.pods.delete({ namespace, name }, { gracePeriodSeconds: 0 });
  }

  #passes(direction: "ingress" | "egress", pod: ChurnPod, other: ChurnPod, port: number): boolean {
    const about = [...this.#policies.values()].filter(
      (policy) => policy[direction] !== undefined && policy.namespace === pod.namespace && has(pod.labels, policy.pods),
    );
    if (about.length === 0) return true;
    return about
      .flatMap((policy) => policy[direction] ?? [])
      .some((rule) => (rule.port ?? port) === port && this.#isPeer(rule, pod.namespace, other));
  }

  #isPeer({ peers }: Rule, own: string, { namespace, labels }: ChurnPod): boolean {
    if (peers.length === 0) return true;
    return peers.some(({ podSelector, namespaceSelector }) => {
      const isNear =
        namespaceSelector === undefined
          ? namespace === own
          : has(this.#labels.get(namespace) ?? {}, namespaceSelector.matchLabels);
      return isNear && has(labels, podSelector?.matchLabels ?? {});
    });
  }

  async #relabelPod(): Promise<void> {
    const pod = this.#one(this.#pods);
    pod.labels = this.#podLabels();
    const { namespace, name, labels } = pod;
    await this.#api.pods.patch({ namespace, name }, "merge", { metadata: { labels } });
  }

  async #relabelNamespace(): Promise<void> {
    const name = this.#one(namespaces);
    const labels = { team: this.#one(["a", "b"]) };
    this.#labels.set(name, labels);
    await this.#api.namespaces.patch({ name }, "merge", { metadata: { labels } });
  }

  async #changePolicy(): Promise<void> {
    const name = `policy-${Math.floor(this.#options.random() * this.#options.policies)}`;
    const old = this.#policies.get(name);
    if (old === undefined) return this.#put(name);
    if (this.#options.random() < 0.5) return this.#put(name, old.namespace);
    this.#policies.delete(name);
    await this.#api.policies.delete({ namespace: old.namespace, name });
  }

  /** Makes a policy, or gives the one that is there in the namespace another spec. */
  async #put(name: string, existing?: string): Promise<void> {
    const namespace = existing ?? this.#one(namespaces);
    const isolates = this.#one([["ingress"], ["egress"], ["ingress", "egress"]] as const);
    const rules = (direction: "ingress" | "egress") =>
      (isolates as readonly string[]).includes(direction) ? this.#rules() : undefined;
    const policy = { namespace, pods: this.#selector(), ingress: rules("ingress"), egress: rules("egress") };
    this.#policies.set(name, policy);
    const spec = specOf(policy);
    if (existing !== undefined) {
      await this.#api.policies.patch({ namespace, name }, "json", [{ op: "replace", path: "/spec", value: spec }]);
      return;
    }
    const annotations = { "k8s.v1.cni.cncf.io/policy-for": this.#options.network };
    const { group, version, kind } = resources.multiNetworkPolicies;
    const metadata = { name, namespace, annotations };
    await this.#api.policies.create(namespace, { apiVersion: `${group}/${version}`, kind, metadata, spec });
  }

  #rules(): readonly Rule[] {
    return Array.from({ length: Math.floor(this.#options.random() * 3) }, () => ({
      peers: Array.from({ length: Math.floor(this.#options.random() * 3) }, () => this.#peer()),
      port: this.#one([undefined, ...churnPorts]),
    }));
  }

  #peer(): Peer {
    const podSelector = { matchLabels: this.#selector() };
    const namespaceSelector = { matchLabels: { team: this.#one(["a", "b"]) } };
    return this.#one<Peer>([{ podSelector }, { namespaceSelector }, { podSelector, namespaceSelector }]);
  }

  #selector(): Labels {
    return this.#one<Labels>([{}, { app: this.#one(apps) }, { app: this.#one(apps), tier: this.#one(tiers) }]);
  }

  #podLabels(): Labels {
    return { app: this.#one(apps), tier: this.#one(tiers) };
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.#options.random() * values.length)] as T;
  }
}

const apps = ["a", "b", "c", "d"] as const;
const tiers = ["front", "back"] as const;

function has(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function specOf({ pods, ingress, egress }: ChurnPolicy): object {
  const side = (rules: readonly Rule[], name: "from" | "to") =>
    rules.map(({ peers, port }) => ({
      ...(peers.length === 0 ? {} : { [name]: peers }),
      ...(port === undefined ? {} : { ports: [{ protocol: "SCTP", port }] }),
    }));
  return {
    podSelector: { matchLabels: pods },
    policyTypes: [...(ingress === undefined ? [] : ["Ingress"]), ...(egress === undefined ? [] : ["Egress"])],
    ...(ingress === undefined ? {} : { ingress: side(ingress, "from") }),
    ...(egress === undefined ? {} : { egress: side(egress, "to") }),
  };
}
