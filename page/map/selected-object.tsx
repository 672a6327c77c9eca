import type { JSX } from "preact";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { ReadyBadge } from "../parts/badge.tsx";
import { ObjectLinks } from "../parts/object-link.tsx";
import { printRoute, routeOfKey } from "../route/page-route.ts";
import { factsOf } from "./map-words.ts";

/** The object that was chosen on the map, in short. */
export function SelectedObject({ item }: { readonly item: ViewItem }): JSX.Element {
  const route = routeOfKey(item.key);
  return (
    <section class="card selected" aria-label="Selected">
      <h2>
        <span class="muted">{item.kind}</span> {item.namespace !== undefined && `${item.namespace}/`}
        {item.name} <ReadyBadge of={item} />
      </h2>
      {item.message !== undefined && <p class="message">{item.message}</p>}
      <dl class="facts">
        {factsOf(item).map(({ name, words = [], keys = [], more }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{keys.length > 0 ? <ObjectLinks of={keys} more={more} /> : <code>{words.join(", ")}</code>}</dd>
          </div>
        ))}
      </dl>
      {route.view !== "map" && <a href={printRoute(route)}>Open {item.kind}</a>}
    </section>
  );
}
