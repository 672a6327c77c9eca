// The map: everything and its connections as a graph, with a table beside it that says the same.
import type { JSX } from "preact";
import { useComputed, useSignal } from "@preact/signals";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { useApp } from "../parts/app.ts";
import { FilterBar } from "../parts/filter-bar.tsx";
import { namespacesOf, noFilter, passesFilter } from "../parts/filter.ts";
import { printRoute } from "../route/page-route.ts";
import { printNumberOf } from "../text/counts.ts";
import { graphOf, itemsAround } from "./map-graph.ts";
import { mapKinds } from "./map-links.ts";
import { MapPicture } from "./map-picture.tsx";
import { MapTable } from "./map-table.tsx";
import { SelectedObject } from "./selected-object.tsx";
import { useLayout } from "./use-layout.ts";

export function MapView({ select }: { readonly select: string | undefined }): JSX.Element {
  const { store } = useApp();
  const filter = useSignal(noFilter);
  const open = useSignal<ReadonlySet<string>>(new Set());
  const all = useComputed(() => mapKinds.flatMap((kind) => store.all(kind)));
  const namespaces = useComputed(() => namespacesOf(all.value));
  const shown = useComputed(() => {
    const wanted = filter.value;
    if (wanted === noFilter || (wanted.text.trim() === "" && wanted.namespace === "" && !wanted.onlyFaults))
      return all.value;
    const isWanted = (item: ViewItem): boolean => {
      // An object in no namespace is found by way of those in one.
      return (wanted.namespace === "" || item.namespace === wanted.namespace) && passesFilter(item, wanted);
    };
    return itemsAround(all.value, isWanted);
  });
  const graph = useComputed(() => graphOf(shown.value, open.value)).value;
  const layout = useLayout(graph);
  const selected = select === undefined ? undefined : (graph.nodeOf.get(select) ?? select);
  const item = select === undefined ? undefined : store.get(select);
  const pick = (id: string): void => {
    const node = graph.nodes.find((each) => each.id === id);
    if (node?.isGroup === true && node.canOpen) open.value = new Set([...open.value, id]);
    else if (node?.isGroup === false) location.hash = printRoute({ view: "map", select: id });
  };
  const isOpened = open.value.size > 0;
  return (
    <>
      <div class="map-bar">
        <FilterBar
          filter={filter}
          what="the map"
          namespaces={namespaces.value}
          result={`${shown.value.length} of ${printNumberOf(all.value.length, "object")}`}
        />
        <button type="button" disabled={!isOpened} onClick={() => (open.value = new Set())}>
          Close groups
        </button>
      </div>
      <div class="map">
        {layout === undefined ? (
          <p class="muted" role="status">
            Drawing …
          </p>
        ) : (
          <MapPicture graph={graph} layout={layout} selected={selected} onPick={pick} />
        )}
        <div class="map-side">
          {item !== undefined && <SelectedObject item={item} />}
          <MapTable graph={graph} selected={selected} onPick={pick} />
        </div>
      </div>
    </>
  );
}
