import { externalId, ownerValue } from "./external-ids.ts";
import { logicalSwitch, logicalSwitchPort, nbGlobal } from "./nb-tables.ts";
import { readOwnedRows } from "./owned-rows.ts";
import type { PortRef } from "./port-operations.ts";
import { portOwner } from "./port-ownership.ts";
import { topologyScope } from "./topology.ts";
import type { RowSource } from "./row-source.ts";

/** What one cluster has in NB: what an uninstall takes away. */
export interface ClusterRemains {
  /** Ports of pods, on switches of anybody. */
  readonly ports: readonly PortRef[];
  /** Scopes of our other rows; that of the topology, which the others refer to, comes last. */
  readonly scopes: readonly string[];
  /** Session keys of replicas with their values; none while another cluster has rows here: they do not tell whose they are. */
  readonly sessionKeys: readonly (readonly [string, string])[];
}

/** Reads what `cluster` has out of a replica of the controllers' tables. */
export function readRemains(source: RowSource, cluster: string): ClusterRemains {
  const ports = [...source.rows(logicalSwitchPort)].filter(([, { external_ids }]) => portOwner(external_ids));
  const mine = new Set(ports.filter(([, row]) => clusterOf(row) === cluster).map(([uuid]) => uuid));
  const refs = [...source.rows(logicalSwitch)].flatMap(([switchUuid, row]) =>
    [...row.ports].filter((uuid) => mine.has(uuid)).map((uuid): PortRef => ({ uuid, switchUuid })),
  );
  const { rows } = readOwnedRows(source, cluster);
  const scopes = new Set([...rows.keys()].map((id) => id.split("/")[0] ?? ""));
  const last = scopes.delete(topologyScope) ? [topologyScope] : [];
  const switches = [...source.rows(logicalSwitch).values()].filter(
    ({ external_ids }) => external_ids.get(externalId("owner")) === ownerValue,
  );
  const isShared = [...ports.map(([, row]) => row), ...switches].some((row) => clusterOf(row) !== cluster);
  return { ports: refs, scopes: [...scopes, ...last], sessionKeys: isShared ? [] : sessionKeys(source) };
}

function clusterOf({ external_ids }: { readonly external_ids: ReadonlyMap<string, string> }): string | undefined {
  return external_ids.get(externalId("cluster"));
}

function sessionKeys(source: RowSource): readonly (readonly [string, string])[] {
  const [global] = source.rows(nbGlobal).values();
  return [...(global?.external_ids ?? [])].filter(([key]) => key.startsWith(`${externalId("fence")}-`));
}
