// The nodes: their agents, how they are connected to wires, and which gateways they may carry.
import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import type { ViewNode, ViewNodeWire } from "#src/view/contract/view-item.ts";
import { useApp } from "../parts/app.ts";
import { ReadyBadge } from "../parts/badge.tsx";
import { FilterBar } from "../parts/filter-bar.tsx";
import { noFilter, passesFilter } from "../parts/filter.ts";
import { ObjectLink, ObjectLinks } from "../parts/object-link.tsx";
import { printNumberOf } from "../text/counts.ts";
import { podsByNode, rareVersions } from "./node-facts.ts";

export function NodesView(): JSX.Element {
  const { store } = useApp();
  const filter = useSignal(noFilter);
  const all = store.all("node");
  const pods = podsByNode(store.all("pod"));
  const rare = rareVersions(all);
  const shown = all.filter((node) => passesFilter(node, filter.value, [node.agentVersion ?? "", node.chassis ?? ""]));
  return (
    <>
      <FilterBar
        filter={filter}
        what="nodes"
        namespaces={[]}
        result={`${shown.length} of ${printNumberOf(all.length, "node")}`}
      />
      <div class="cards">
        {shown.map((node) => (
          <NodeCard
            key={node.key}
            node={node}
            pods={pods.get(node.key) ?? 0}
            isRare={rare.has(node.agentVersion ?? "")}
          />
        ))}
      </div>
    </>
  );
}

interface NodeCardProps {
  readonly node: ViewNode;
  readonly pods: number;
  readonly isRare: boolean;
}

function NodeCard({ node, pods, isRare }: NodeCardProps): JSX.Element {
  const { name, message, agentVersion, mtu, chassis, gatewayOf, wires } = node;
  return (
    <section class="card" aria-label={`Node ${name}`}>
      <h2>
        {name} <ReadyBadge of={node} />
      </h2>
      {message !== undefined && <p class="message">{message}</p>}
      <dl class="facts">
        <div>
          <dt>Agent</dt>
          <dd>
            {agentVersion ?? "not known"}
            {isRare && <span class="warn-text"> unlike most nodes</span>}
          </dd>
        </div>
        <div>
          <dt>MTU</dt>
          <dd>{mtu ?? "not known"}</dd>
        </div>
        <div>
          <dt>Pods with networks</dt>
          <dd>{pods}</dd>
        </div>
        <div>
          <dt>Gateway of</dt>
          <dd>
            <ObjectLinks of={gatewayOf} />
          </dd>
        </div>
        <div>
          <dt>Chassis</dt>
          <dd>
            <code>{chassis ?? "–"}</code>
          </dd>
        </div>
      </dl>
      {wires.length > 0 && <WireTable wires={wires} />}
    </section>
  );
}

function WireTable({ wires }: { readonly wires: readonly ViewNodeWire[] }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Wire</th>
          <th scope="col">By</th>
          <th scope="col">MTU</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {wires.map((wire) => (
          <tr key={wire.wire}>
            <th scope="row">
              <ObjectLink of={wire.wire} />
            </th>
            <td>
              <code>{[wire.interface, wire.bridge].filter((word) => word !== undefined).join(" → ") || "–"}</code>
            </td>
            <td>{wire.mtu ?? "–"}</td>
            <td>
              <ReadyBadge of={wire} />
              {wire.message !== undefined && <div class="muted small">{wire.message}</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
