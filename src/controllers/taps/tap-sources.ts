// Finds the interfaces that taps select. The parts that many taps share are read once for a pass.
import { matchesSelector } from "#src/api/network/label-selector.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import type { TapConfig } from "#src/api/tap/tap-config.ts";
import { lives } from "../pods/networked-pod.ts";
import type { TapNetwork, TapPod } from "./tap-members.ts";
import type { TapPorts } from "./tap-ports.ts";

/** An interface whose packets are to be copied. */
export interface TapSourcePort {
  readonly port: string;
  /** The pod with its namespace. */
  readonly pod: string;
  readonly interfaceName: string;
  readonly network: string;
  readonly node: string;
  /** The MTU of its network, where that may be more than tunnels carry. */
  readonly mtu?: number;
  /** Why it is not copied, although the tap selects it. */
  readonly refusal?: string;
}

/** An interface of a pod that lives, before a tap has selected it. */
interface Candidate {
  readonly source: TapSourcePort;
  readonly network: TapNetwork;
  readonly pod: TapPod;
}

export interface TapSourcesOptions {
  readonly networks: readonly TapNetwork[];
  readonly ports: Pick<TapPorts, "ofNetwork">;
  readonly podWith: (uid: string) => TapPod | undefined;
}

/** The interfaces of one pass. Objects and lists are shared by all taps that select the same. */
export class TapSources {
  readonly #options: TapSourcesOptions;
  readonly #ofNetwork = new Map<TapNetwork, readonly Candidate[]>();
  readonly #found = new Map<string, readonly TapSourcePort[]>();
  /** By namespace and key of a label, and then by its value. */
  readonly #byLabel = new Map<string, ReadonlyMap<string | undefined, readonly Candidate[]>>();
  #ofNamespace: ReadonlyMap<string, readonly Candidate[]> | undefined;

  constructor(options: TapSourcesOptions) {
    this.#options = options;
  }

  /** Gives the interfaces that the tap selects in the networks, by the names of their pods. */
  of(
    { namespace, selector, network: named }: Pick<TapConfig, "namespace" | "selector" | "network">,
    networks: readonly TapNetwork[],
  ): readonly TapSourcePort[] {
    const key = JSON.stringify([namespace, named, selector]);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const candidates =
      selector === undefined
        ? this.#inNetworks(networks)
        : this.#withLabel(namespace, selector).filter(
            ({ network, pod }) =>
              (named === undefined || network.name === named) && matchesSelector(selector, pod.labels),
          );
    const refusals = new Map<TapNetwork, string>();
    for (const network of networks) {
      if (!network.allowTaps.includes(namespace)) refusals.set(network, whyNotAllowed(network, namespace));
    }
    const found = candidates.map(({ source, network }): TapSourcePort => {
      const refusal = refusals.get(network);
      return refusal === undefined ? source : { ...source, refusal };
    });
    this.#found.set(key, found);
    return found;
  }

  #inNetworks(networks: readonly TapNetwork[]): readonly Candidate[] {
    const [first, ...others] = networks;
    if (first !== undefined && others.length === 0) return this.#in(first);
    return sorted(networks.flatMap((network) => this.#in(network)));
  }

  #inNamespace(namespace: string): readonly Candidate[] {
    this.#ofNamespace ??= Map.groupBy(
      sorted(this.#options.networks.flatMap((network) => this.#in(network))),
      ({ pod }) => pod.namespace,
    );
    return this.#ofNamespace.get(namespace) ?? [];
  }

  /** Gives the interfaces in the namespace that have the first label of the selector, where it names one. */
  #withLabel(namespace: string, { matchLabels = {} }: LabelSelector): readonly Candidate[] {
    const [first] = Object.entries(matchLabels);
    const all = this.#inNamespace(namespace);
    if (first === undefined) return all;
    const [key, value] = first;
    const place = `${namespace}/${key}`;
    const known = this.#byLabel.get(place);
    const byValue = known ?? Map.groupBy(all, ({ pod }) => pod.labels[key]);
    if (known === undefined) this.#byLabel.set(place, byValue);
    return byValue.get(value) ?? [];
  }

  #in(network: TapNetwork): readonly Candidate[] {
    const known = this.#ofNetwork.get(network);
    if (known !== undefined) return known;
    const { ports, podWith } = this.#options;
    const carried = network.mtu === undefined ? {} : { mtu: network.mtu };
    const found = (ports.ofNetwork.get(network.uid) ?? []).flatMap(({ name, interfaceName, podUid }): Candidate[] => {
      const pod = podWith(podUid);
      if (pod === undefined || !lives(pod)) return [];
      const names = { port: name, pod: `${pod.namespace}/${pod.name}`, interfaceName, network: network.name };
      return [{ source: { ...names, node: pod.node, ...carried }, network, pod }];
    });
    const list = sorted(found);
    this.#ofNetwork.set(network, list);
    return list;
  }
}

/** Says what the owner of the network has to do. */
export function whyNotAllowed({ kind, namespace, name }: TapNetwork, tapNamespace: string): string {
  const cure = `its owner writes ${tapNamespace} into spec.allowTaps.names of the ${kind} ${namespace}/${name}`;
  return `${name} allows no tap of the namespace ${tapNamespace}: ${cure}`;
}

function sorted(candidates: readonly Candidate[]): readonly Candidate[] {
  const nameOf = ({ source }: Candidate): string => `${source.pod} ${source.interfaceName}`;
  const named = candidates.map((candidate) => ({ name: nameOf(candidate), candidate }));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return named.map(({ candidate }) => candidate);
}
