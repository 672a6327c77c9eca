// Policies and FloatingIPs choose pods by labels: what the page says of them, and of the pods that they choose.
import { matchesSelector } from "#src/api/network/label-selector.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import { placeOfSelector, placesOfPod } from "#src/controllers/floating/floating-pods.ts";
import { addToList } from "#src/core/lists-by-key.ts";
import type { ViewFloatingIp, ViewPod, ViewPolicy } from "#src/view/contract/view-item.ts";
import { floatingIpItem } from "./object-items.ts";
import { namedWorld, networksOfPolicy, policyItem } from "./policy-items.ts";
import { given, viewKey } from "./readiness.ts";
import type { KnownObjects } from "./view-facts.ts";

/** The FloatingIPs, the policies, and the pods with those of both that are about them. */
interface ChosenPods {
  readonly floatingIps: readonly ViewFloatingIp[];
  readonly policies: readonly ViewPolicy[];
  readonly pods: readonly ViewPod[];
}

/**
 * The most FloatingIPs, and the most policies, that are named for one pod. Without a limit, thousands of policies that select all pods of a
 * large namespace would make millions of names.
 */
const mostNamed = 64;

/** The keys of what chooses a pod, and the number of those that are not named. */
interface Choosers {
  readonly keys: string[];
  more: number;
}

/** Finds the pods of each FloatingIP and each policy. `networks` are the names of all networks that are shown. */
export function choosePods(cluster: KnownObjects, items: readonly ViewPod[], networks: Iterable<string>): ChosenPods {
  const { floatingIps = [], policies = [] } = cluster;
  if (floatingIps.length === 0 && policies.length === 0) return { floatingIps: [], policies: [], pods: items };
  const selected = podSearch(cluster, items);
  const floatingOf = new Map<string, Choosers>();
  const floating = floatingIps.map((one) => ({ one, item: floatingIpItem(one) }));
  // A FloatingIP that leads to a pod is named before those that only select it, however many there are.
  for (const { item } of floating) if (item.pod !== undefined) addChooser(floatingOf, item.pod, item.key);
  for (const { one, item } of floating) {
    const { namespace, config } = one;
    if (item.pod !== undefined || typeof config === "string") continue;
    for (const { key } of selected(namespace, config.selector)) addChooser(floatingOf, key, item.key);
  }
  const policiesOf = new Map<string, Choosers>();
  const world = namedWorld(cluster, items, networks);
  const policyItems = policies.flatMap((one): ViewPolicy[] => {
    const found = networksOfPolicy(one, world);
    if (found === undefined) return [];
    const { namespace, config } = one;
    const own = new Set(found.networks.map((name) => viewKey("network", name)));
    const candidates = own.size === 0 || typeof config === "string" ? [] : selected(namespace, config.pods);
    const chosen = candidates.filter((pod) => pod.interfaces.some(({ network }) => own.has(network ?? "")));
    const item = policyItem(one, found, chosen.length);
    for (const { key } of chosen) addChooser(policiesOf, key, item.key);
    return [item];
  });
  const pods = items.map((pod): ViewPod => {
    const [leading, closing] = [floatingOf.get(pod.key), policiesOf.get(pod.key)];
    if (leading === undefined && closing === undefined) return pod;
    return {
      ...pod,
      ...given("floatingIps", leading?.keys),
      ...given("moreFloatingIps", leading?.more || undefined),
      ...given("policies", closing?.keys),
      ...given("morePolicies", closing?.more || undefined),
    };
  });
  return { floatingIps: floating.map(({ item }) => item), policies: policyItems, pods };
}

function addChooser(choosersOf: Map<string, Choosers>, pod: string, key: string): void {
  const own = choosersOf.get(pod);
  if (own === undefined) choosersOf.set(pod, { keys: [key], more: 0 });
  else if (own.keys.length < mostNamed) own.keys.push(key);
  else own.more += 1;
}

/** Returns a search for the pods that a selector selects in a namespace. A port whose pod is gone has no labels. */
function podSearch({ pods = [] }: KnownObjects, items: readonly ViewPod[]) {
  const shown = new Map(items.map((item) => [item.key, item]));
  const places = new Map<string, { readonly item: ViewPod; readonly labels: Readonly<Record<string, string>> }[]>();
  for (const { metadata } of pods) {
    const { namespace = "", name = "", labels } = metadata;
    const item = shown.get(viewKey("pod", namespace, name));
    if (item !== undefined)
      for (const place of placesOfPod({ namespace, labels })) addToList(places, place, { item, labels });
  }
  return (namespace: string, selector: LabelSelector): readonly ViewPod[] =>
    (places.get(placeOfSelector(namespace, selector)) ?? [])
      .filter(({ labels }) => matchesSelector(selector, labels))
      .map(({ item }) => item);
}
