import type { JSX } from "preact";
import { ReadyBadge } from "../parts/badge.tsx";
import { type MapGraph, neighboursOf } from "./map-graph.ts";
import { type MapNode } from "./map-groups.ts";
import { faultsOf } from "./map-words.ts";

interface MapTableProps {
  readonly graph: MapGraph;
  readonly selected: string | undefined;
  readonly onPick: (id: string) => void;
}

/** The map as a table: each thing with what it is connected to. It is the way of the keyboard and of screen readers. */
export function MapTable({ graph, selected, onPick }: MapTableProps): JSX.Element {
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  return (
    <div class="map-table" tabIndex={0} role="region" aria-label="The map as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Thing</th>
            <th scope="col">State</th>
            <th scope="col">Connected to</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.id} class={node.id === selected ? "chosen" : undefined}>
              <th scope="row">
                <button type="button" class="link" aria-pressed={node.id === selected} onClick={() => onPick(node.id)}>
                  {node.label}
                </button>
                <div class="muted small">{node.isGroup && node.canOpen ? "group, press to open" : node.kind}</div>
              </th>
              <td>
                <NodeState node={node} />
              </td>
              <td class="small">
                {neighboursOf(graph, node.id)
                  .map((id) => labels.get(id) ?? id)
                  .join(", ") || "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NodeState({ node }: { readonly node: MapNode }): JSX.Element {
  const [first] = node.members;
  const faults = faultsOf(node);
  if (!node.isGroup && first !== undefined) return <ReadyBadge of={first} />;
  return faults === 0 ? <span class="muted">–</span> : <span class="bad-text">{faults} not ready</span>;
}
