import type { ViewPod } from "#src/view/contract/view-item.ts";

/** The words by which people may search a pod, besides its name. */
export function wordsOfPod(pod: ViewPod): readonly string[] {
  return [
    pod.state,
    pod.node?.slice("node/".length) ?? "",
    ...pod.interfaces.flatMap(({ network, addresses, mac }) => [
      network?.slice("network/".length) ?? "",
      ...addresses,
      mac ?? "",
    ]),
  ];
}

/** The addresses of a pod on one line, those of each interface behind its name when there are several. */
export function addressesOfPod({ interfaces }: ViewPod): string {
  const lists = interfaces.filter(({ addresses }) => addresses.length > 0);
  if (lists.length === 1) return lists[0]?.addresses.join(", ") ?? "";
  return lists.map(({ name, addresses }) => `${name} ${addresses.join(", ")}`).join("; ");
}
