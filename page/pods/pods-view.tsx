// The pods: a list of any length, and the way of one pod from its request to its interfaces.
import type { JSX } from "preact";
import { useComputed, useSignal } from "@preact/signals";
import { useApp } from "../parts/app.ts";
import { PodBadge } from "../parts/badge.tsx";
import { FilterBar } from "../parts/filter-bar.tsx";
import { namespacesOf, noFilter, passesFilter } from "../parts/filter.ts";
import { LongList } from "../parts/long-list.tsx";
import { ObjectLink } from "../parts/object-link.tsx";
import { printNumberOf } from "../text/counts.ts";
import { addressesOfPod, wordsOfPod } from "./pod-words.ts";

const columns = ["Pod", "State", "Node", "Addresses", "Reason"] as const;

export function PodsView(): JSX.Element {
  const { store } = useApp();
  const filter = useSignal(noFilter);
  const all = useComputed(() => store.all("pod"));
  const namespaces = useComputed(() => namespacesOf(all.value));
  const shown = useComputed(() => {
    const wanted = filter.value;
    return wanted === noFilter ? all.value : all.value.filter((pod) => passesFilter(pod, wanted, wordsOfPod(pod)));
  });
  const pods = shown.value;
  return (
    <>
      <FilterBar
        filter={filter}
        what="pods"
        namespaces={namespaces.value}
        result={`${pods.length} of ${printNumberOf(all.value.length, "pod")}`}
      />
      <LongList
        label="pods"
        columns={columns}
        count={pods.length}
        rowHeight={36}
        rowClass="pod-row"
        keyOf={(index) => pods[index]?.key ?? String(index)}
        cells={(index) => {
          const pod = pods[index];
          if (pod === undefined) return [];
          return [
            <ObjectLink key="pod" of={pod.key} text={`${pod.namespace ?? ""}/${pod.name}`} />,
            <PodBadge key="state" state={pod.state} />,
            pod.node === undefined ? "–" : pod.node.slice("node/".length),
            <code key="addresses">{addressesOfPod(pod)}</code>,
            <span key="reason" title={pod.message}>
              {pod.reason ?? pod.message ?? ""}
            </span>,
          ];
        }}
      />
    </>
  );
}
