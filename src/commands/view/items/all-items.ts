import type { ViewItem, ViewNetwork, ViewRouter } from "#src/view/contract/view-item.ts";
import { choosePods } from "./chosen-pods.ts";
import { claimItems } from "./claim-items.ts";
import { networkItems, networksOfObjects } from "./network-items.ts";
import { nodeItem, wireItems } from "./node-items.ts";
import { chainItem, serviceItem, tapItem, uplinkItem } from "./object-items.ts";
import { podItems, podsOfObjects, shownPorts } from "./pod-items.ts";
import { routerItems, switchLinks } from "./switch-links.ts";
import type { ViewFacts } from "./view-facts.ts";

/** Makes all that is shown, or of what is in namespaces only what is in one. */
export function allItems(facts: ViewFacts, namespace?: string): readonly ViewItem[] {
  const { nb, clusterUid, cluster } = facts;
  const { chains = [], taps = [], services = [], uplinks = [], nodes = [] } = cluster;
  const [networks, routers] = networksAndRouters(facts);
  const podList =
    nb === undefined ? podsOfObjects(cluster.pods ?? []) : podItems(shownPorts(nb, clusterUid), cluster.pods);
  const { floatingIps, policies, pods } = choosePods(
    cluster,
    podList,
    networks.map(({ name }) => name),
  );
  const uplinkList = uplinks.map((one) => uplinkItem(one, cluster.networks ?? []));
  const nodeList = nodes.map((one) => nodeItem(one, uplinks));
  const all: readonly ViewItem[] = [
    ...networks,
    ...routers,
    ...wireItems(networks, uplinkList, nodeList),
    ...uplinkList,
    ...nodeList,
    ...pods,
    ...chains.map(chainItem),
    ...taps.map(tapItem),
    ...services.map(serviceItem),
    ...floatingIps,
    ...policies,
    ...claimItems(facts),
  ];
  return namespace === undefined
    ? all
    : all.filter((one) => one.namespace === undefined || one.namespace === namespace);
}

function networksAndRouters({ nb, cluster }: ViewFacts): readonly [readonly ViewNetwork[], readonly ViewRouter[]] {
  if (nb === undefined) return [networksOfObjects(cluster.networks ?? []), []];
  const links = switchLinks(nb);
  const networks = networkItems(nb, links, cluster.networks);
  const names = new Set(networks.map(({ name }) => name));
  const isNetwork = (uuid: string): boolean => names.has(nb.index.switchWith(uuid)?.network.name ?? "");
  return [networks, routerItems(nb, links, isNetwork)];
}
