// The networks: how full each one is, and who has which of its addresses.
import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import type { ViewNetwork } from "#src/view/contract/view-item.ts";
import { useApp } from "../parts/app.ts";
import { ReadyBadge } from "../parts/badge.tsx";
import { FilterBar } from "../parts/filter-bar.tsx";
import { noFilter, passesFilter } from "../parts/filter.ts";
import { ObjectLink, ObjectLinks } from "../parts/object-link.tsx";
import { printNumberOf } from "../text/counts.ts";
import { UsageBar } from "./usage-bar.tsx";

export function NetworksView(): JSX.Element {
  const { store } = useApp();
  const filter = useSignal(noFilter);
  const all = store.all("network");
  const shown = all.filter((network) => {
    return passesFilter(network, filter.value, [...network.allowedNamespaces, ...network.usage.map(({ of }) => of)]);
  });
  return (
    <>
      <FilterBar
        filter={filter}
        what="networks"
        namespaces={[]}
        result={`${shown.length} of ${printNumberOf(all.length, "network")}`}
      />
      <table class="wide">
        <thead>
          <tr>
            <th scope="col">Network</th>
            <th scope="col">State</th>
            <th scope="col">Addresses</th>
            <th scope="col">Open reservations</th>
            <th scope="col">Connected to</th>
            <th scope="col">Namespaces</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((network) => (
            <NetworkRow key={network.key} network={network} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function NetworkRow({ network }: { readonly network: ViewNetwork }): JSX.Element {
  const { key, name, usage, openReservations, routers, wire, uplink, allowedNamespaces, message, object } = network;
  const links = [...routers, ...[uplink, wire].filter((link) => link !== undefined)];
  return (
    <tr>
      <th scope="row">
        <ObjectLink of={key} text={name} />
        <div class="muted small">{object?.kind ?? "switch"}</div>
      </th>
      <td>
        <ReadyBadge of={network} />
        {message !== undefined && <div class="muted small">{message}</div>}
      </td>
      <td>
        {usage.map((each) => (
          <UsageBar key={`${each.of} ${each.pool ?? ""}`} usage={each} />
        ))}
      </td>
      <td class="number">{openReservations}</td>
      <td>
        <ObjectLinks of={links} />
      </td>
      <td>{allowedNamespaces.includes("*") ? "all" : allowedNamespaces.join(", ")}</td>
    </tr>
  );
}
