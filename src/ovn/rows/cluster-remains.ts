import type { Operation } from "ovsdb-client";
import { externalId, ownerValue } from "../external-ids.ts";
import { logicalSwitch, logicalSwitchPort, nbGlobal } from "../nb-tables.ts";
import { readOwnedRows } from "../owned/read-owned-rows.ts";
import type { PortRef } from "../ports/port-operations.ts";
import { claimOf } from "../claims/port-claim.ts";
import { portOwner } from "../port-ownership.ts";
import { serviceGroupOperations } from "./service-group.ts";
import { topologyScope } from "./topology.ts";
import { uplinkScopes } from "./uplink-rows.ts";
import type { RowSource } from "../row-source.ts";

/** The rows and keys that one cluster has in NB. An uninstall takes them away. */
export interface ClusterRemains {
  /** Ports of pods and rows that keep claims, whoever owns the switches that they are on. */
  readonly ports: readonly PortRef[];
  /** Scopes of our other rows. The scope of the topology comes last, since rows of the others refer to it. */
  readonly scopes: readonly string[];
  /**
   * Fence keys of replicas with their values. There are none while another cluster has rows here: a key does not
   * tell to which cluster it belongs.
   */
  readonly fenceKeys: readonly (readonly [string, string])[];
  /** The operations that remove the group of the load balancers of Services. It has no scope, since it has no external ids. */
  readonly groupRemoval: readonly Operation[];
}

/** Reads what `cluster` has from a replica of the controllers' tables. */
export function readRemains(source: RowSource, cluster: string): ClusterRemains {
  const ports = [...source.rows(logicalSwitchPort)].filter(
    ([, { external_ids }]) => portOwner(external_ids) !== undefined || claimOf(external_ids) !== undefined,
  );
  const mine = new Set(ports.filter(([, row]) => clusterOf(row) === cluster).map(([uuid]) => uuid));
  const refs = [...source.rows(logicalSwitch)].flatMap(([switchUuid, row]) =>
    [...row.ports].filter((uuid) => mine.has(uuid)).map((uuid): PortRef => ({ uuid, switchUuid })),
  );
  const { rows } = readOwnedRows(source, cluster);
  const scopes = new Set([...rows.keys()].map((id) => id.split("/")[0] ?? ""));
  const last = scopes.delete(topologyScope) ? [topologyScope] : [];
  // Gateways of Uplinks have ports on switches of others, which stay while they have them.
  const first = scopes.delete(uplinkScopes) ? [uplinkScopes] : [];
  const switches = [...source.rows(logicalSwitch).values()].filter(
    ({ external_ids }) => external_ids.get(externalId("owner")) === ownerValue,
  );
  const isShared = [...ports.map(([, row]) => row), ...switches].some((row) => clusterOf(row) !== cluster);
  return {
    ports: refs,
    scopes: [...first, ...scopes, ...last],
    fenceKeys: isShared ? [] : fenceKeys(source),
    groupRemoval: serviceGroupOperations(source, cluster, { balancers: [], switches: [], routers: [] }),
  };
}

function clusterOf({ external_ids }: { readonly external_ids: ReadonlyMap<string, string> }): string | undefined {
  return external_ids.get(externalId("cluster"));
}

function fenceKeys(source: RowSource): readonly (readonly [string, string])[] {
  const [global] = source.rows(nbGlobal).values();
  return [...(global?.external_ids ?? [])].filter(([key]) => key.startsWith(`${externalId("fence")}-`));
}
