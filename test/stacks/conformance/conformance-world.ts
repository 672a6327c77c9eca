// The pods and namespaces of cyclonus on a network of ours, with real packets between them.
import assert from "node:assert/strict";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";
import type { DatapathStack, Endpoint } from "../datapath/datapath-stack.ts";
import { type CyclonusAction, type CyclonusStep, cyclonusPods } from "./cyclonus-cases.ts";
import { flowsDeliver } from "./flow-prober.ts";
import { PodProber } from "./pod-prober.ts";

/** The address of a pod of cyclonus. The network has a larger prefix. */
export const cyclonusAddress = (pod: string): string => `10.60.2.${cyclonusPods.indexOf(pod) + 1}`;

const numbers = [80, 81] as const;
const protocols = ["TCP", "UDP", "SCTP"] as const;
const ports = numbers.flatMap((number) =>
  protocols.map((protocol) => {
    return { name: `serve-${number}-${protocol.toLowerCase()}`, containerPort: number, protocol };
  }),
);

interface PlacedPod {
  readonly endpoint: Endpoint;
  readonly prober: PodProber;
  readonly port: string;
  readonly mac: string;
  readonly address: string;
}

export class ConformanceWorld implements AsyncDisposable {
  readonly #stack: DatapathStack;
  readonly #network: string;
  readonly #folder = createTemporaryFolder("conformance");
  readonly #pods = new Map<string, PlacedPod>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #policies = new Map<string, CyclonusAction>();
  readonly #api: Record<"namespaces" | "multiNetworkPolicies", ResourceApi>;
  #cases = 0;

  private constructor(stack: DatapathStack, network: string) {
    this.#stack = stack;
    this.#network = network;
    const { client } = stack.admission;
    this.#api = {
      namespaces: new ResourceApi(client, resources.namespaces),
      multiNetworkPolicies: new ResourceApi(client, resources.multiNetworkPolicies),
    };
  }

  static async start(stack: DatapathStack, network: string): Promise<ConformanceWorld> {
    const world = new ConformanceWorld(stack, network);
    for (const namespace of ["x", "y", "z"]) await world.#label(namespace, { ns: namespace });
    await Promise.all(cyclonusPods.slice(0, 9).map((pod) => world.#add(pod, { pod: nameOf(pod) })));
    return world;
  }

  /** Forgets the case before: its policies, labels, pods and namespaces. */
  async begin(): Promise<void> {
    await this.#removePolicies([...this.#policies.values()]);
    for (const pod of [...this.#pods.keys()]) {
      if (cyclonusPods.indexOf(pod) >= 9) await this.#remove(pod);
      else await this.#relabel(pod, { pod: nameOf(pod) });
    }
    for (const namespace of ["x", "y", "z"]) await this.#label(namespace, { ns: namespace });
    this.#cases += 1;
  }

  async act(action: CyclonusAction): Promise<void> {
    const { do: what, namespace, name, labels } = action;
    if (what === "policy") await this.#apply(action);
    else if (what === "delete-policy") await this.#removePolicies([action]);
    else if (what === "namespace") await this.#label(namespace, labels);
    // Nobody ends namespaces here, and one without pods means nothing to a policy.
    else if (what === "delete-namespace") await this.#removeOf(namespace);
    else if (what === "delete-pod") await this.#remove(`${namespace}/${name}`);
    else if (this.#pods.has(`${namespace}/${name}`)) await this.#relabel(`${namespace}/${name}`, labels);
    else await this.#add(`${namespace}/${name}`, labels);
  }

  /** The policies of this case that are there, and nobody else's, as rows of OVN name them. */
  policies(): readonly string[] {
    return [...this.#policies.values()].map((one) => `${one.namespace}/${this.#nameOf(one)}`);
  }

  /** Asks of each pair and port of a step whether packets arrive: real ones, or those of flows for SCTP. Gives the pairs by port. */
  async ask({ pods, ports }: CyclonusStep, limitMs: number): Promise<CyclonusStep["allowed"]> {
    const allowed: Record<string, string[]> = {};
    // Thousands of connections between the same pods come upon their ports again.
    await Promise.all(this.#stack.fabric.hosts.map(({ chassis }) => chassis.forgetConnections()));
    const real = ports.map(splitPort).filter(({ protocol }) => protocol !== "SCTP");
    const seen = await Promise.all(
      pods.map(async (from) => {
        const targets = pairsOf(from, pods).flatMap((to) => real.map((port) => ({ to, ...port })));
        const open = await this.#placed(from).prober.reaches(
          targets.map(({ to, protocol, number }) => [protocol, cyclonusAddress(to), number] as const),
          limitMs,
        );
        return targets.filter((_, index) => open[index]).map(({ to, text }) => ({ from, to, text }));
      }),
    );
    for (const { from, to, text } of [...seen.flat(), ...(await this.#askFlows(pods, ports))]) {
      (allowed[text] ??= []).push(`${from} ${to}`);
    }
    return allowed;
  }

  async #askFlows(pods: readonly string[], ports: readonly string[]) {
    const numbers = ports.map(splitPort).filter(({ protocol }) => protocol === "SCTP");
    const asked = pods.flatMap((from) =>
      pairsOf(from, pods).flatMap((to) => numbers.map(({ text, number }) => ({ from, to, text, number }))),
    );
    if (asked.length === 0) return [];
    const flows = asked.map(({ from, to, number }) => [this.#placed(from), this.#placed(to), number] as const);
    const delivered = await flowsDeliver(this.#stack.fabric.central.sb, this.#network, flows);
    return asked.filter((_, index) => delivered[index]);
  }

  #placed(pod: string): PlacedPod {
    const placed = this.#pods.get(pod);
    assert.ok(placed, `${pod} is not there`);
    return placed;
  }

  #nameOf({ name }: CyclonusAction): string {
    return `case-${this.#cases}-${name}`;
  }

  async #apply(action: CyclonusAction): Promise<void> {
    const { namespace, spec } = action;
    const name = this.#nameOf(action);
    const key = `${namespace}/${name}`;
    const api = this.#api.multiNetworkPolicies;
    if (this.#policies.has(key))
      await api.patch({ namespace, name }, "json", [{ op: "replace", path: "/spec", value: spec }]);
    else {
      const annotations = { "k8s.v1.cni.cncf.io/policy-for": this.#network };
      const { group, version, kind } = resources.multiNetworkPolicies;
      const metadata = { name, namespace, annotations };
      await api.create(namespace, { apiVersion: `${group}/${version}`, kind, metadata, spec });
    }
    this.#policies.set(key, action);
  }

  async #removePolicies(actions: readonly CyclonusAction[]): Promise<void> {
    for (const action of actions) {
      const name = this.#nameOf(action);
      await this.#api.multiNetworkPolicies.delete({ namespace: action.namespace, name });
      this.#policies.delete(`${action.namespace}/${name}`);
    }
  }

  async #label(namespace: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const api = this.#api.namespaces;
    const before = this.#labels.get(namespace);
    this.#labels.set(namespace, labels);
    if (before !== undefined) return this.#patch(api, { name: namespace }, before, labels);
    await api.create(undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  }

  async #relabel(pod: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const before = this.#labels.get(pod) ?? {};
    this.#labels.set(pod, labels);
    await this.#patch(this.#stack.admission.pods, objectOf(pod), before, labels);
  }

  async #patch(
    api: ResourceApi,
    target: Parameters<ResourceApi["patch"]>[0],
    before: Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (JSON.stringify(before) === JSON.stringify(labels)) return;
    const gone = Object.fromEntries(Object.keys(before).map((key) => [key, null]));
    await api.patch(target, "merge", { metadata: { labels: { ...gone, ...labels } } });
  }

  async #add(pod: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const host = this.#stack.fabric.hosts[cyclonusPods.indexOf(pod) % 2];
    assert.ok(host);
    const { namespace, name } = objectOf(pod);
    const address = cyclonusAddress(pod);
    const annotations = request({ name: this.#network, interface: "net0", ipAddress: address });
    const spec = { containers: [{ name: "main", image: "registry.example/none", ports }] };
    const endpoint = await this.#stack.addPod({ name, namespace, labels, annotations, spec }, host);
    const [result] = resultOf(await this.#stack.admission.pods.get({ namespace, name }));
    assert.ok(result);
    const prober = await PodProber.start(endpoint, this.#folder.path, numbers);
    this.#labels.set(pod, labels);
    this.#pods.set(pod, { endpoint, prober, port: result.port, mac: result.mac_address, address });
  }

  async #removeOf(namespace: string): Promise<void> {
    for (const pod of [...this.#pods.keys()]) if (objectOf(pod).namespace === namespace) await this.#remove(pod);
  }

  async #remove(pod: string): Promise<void> {
    const { endpoint, prober } = this.#placed(pod);
    await prober[Symbol.asyncDispose]();
    this.#pods.delete(pod);
    await this.#stack.admission.pods.delete(objectOf(pod), { gracePeriodSeconds: 1 });
    await endpoint.host.chassis.vsctl("--if-exists", "del-port", "br-int", `${endpoint.name}-0`);
    await endpoint.host.machine.must("ip", ["netns", "del", endpoint.name]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#removePolicies([...this.#policies.values()]);
    for (const { prober } of this.#pods.values()) await prober[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

const nameOf = (pod: string): string => pod.split("/")[1] ?? "";

/** All pods of a host stand beside each other there, so that their own names tell them apart. */
function objectOf(pod: string): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = ""] = pod.split("/");
  return { namespace, name: `${namespace}-${name}` };
}

const pairsOf = (from: string, pods: readonly string[]): readonly string[] => pods.filter((to) => to !== from);

function splitPort(text: string): { readonly text: string; readonly protocol: string; readonly number: number } {
  const [protocol = "", number] = text.split(" ");
  return { text, protocol, number: Number(number) };
}
