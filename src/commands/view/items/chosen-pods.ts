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

/** Finds the pods of each FloatingIP and each policy. `networks` are the names of all networks that are shown. */
export function choosePods(cluster: KnownObjects, items: readonly ViewPod[], networks: Iterable<string>): ChosenPods {
  const { floatingIps = [], policies = [] } = cluster;
  if (floatingIps.length === 0 && policies.length === 0) return { floatingIps: [], policies: [], pods: items };
  const selected = podSearch(cluster, items);
  const floatingOf = new Map<string, string[]>();
  const floatingItems = floatingIps.map((one) => {
    const item = floatingIpItem(one);
    const { namespace, config } = one;
    if (item.pod !== undefined) addToList(floatingOf, item.pod, item.key);
    else if (typeof config !== "string")
      for (const { key } of selected(namespace, config.selector)) addToList(floatingOf, key, item.key);
    return item;
  });
  const policiesOf = new Map<string, string[]>();
  const world = namedWorld(cluster, items, networks);
  const policyItems = policies.flatMap((one): ViewPolicy[] => {
    const found = networksOfPolicy(one, world);
    if (found === undefined) return [];
    const { namespace, config } = one;
    const own = new Set(found.networks.map((name) => viewKey("network", name)));
    const candidates = own.size === 0 || typeof config === "string" ? [] : selected(namespace, config.pods);
    const chosen = candidates.filter((pod) => pod.interfaces.some(({ network }) => own.has(network ?? "")));
    const item = policyItem(one, found, chosen.length);
    for (const { key } of chosen) addToList(policiesOf, key, item.key);
    return [item];
  });
  const pods = items.map((pod): ViewPod => {
    const [floating, closing] = [floatingOf.get(pod.key), policiesOf.get(pod.key)];
    if (floating === undefined && closing === undefined) return pod;
    return { ...pod, ...given("floatingIps", floating), ...given("policies", closing) };
  });
  return { floatingIps: floatingItems, policies: policyItems, pods };
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
