import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { StoredClaims } from "#src/pods/stored/stored-claims.ts";
import { StoredDefinitions } from "#src/pods/stored/stored-definitions.ts";
import type { Informer } from "#src/kube/informer/informer.ts";
import { type StoredUplink, watchStoredUplinks } from "#src/pods/stored/stored-uplinks.ts";
import type { OrdinalSource } from "#src/pods/demand/ordinal-addresses.ts";
import { liveOrdinals } from "#src/pods/stored/stored-sets.ts";
import { StoredNodes } from "#src/pods/stored/stored-nodes.ts";
import { StoredNetworks } from "#src/pods/stored/stored-networks.ts";

interface Parts {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Keeps in memory the objects of the cluster that decisions about pods need. */
export interface StoredObjects {
  readonly networks: StoredNetworks;
  readonly definitions: StoredDefinitions;
  readonly uplinks: Informer<StoredUplink>;
  readonly nodes: StoredNodes;
  readonly claims: StoredClaims;
  /** Reads StatefulSets live. */
  readonly ordinals: OrdinalSource;
  /** Watches until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

/** Opens the objects; the caller runs them. `definitionNames` come from `ownDefinitionNames`. */
export function openStoredObjects(definitionNames: readonly string[], parts: Parts): StoredObjects {
  const { client, clock, logger, metrics } = parts;
  const networks = new StoredNetworks({ client, clock, logger, metrics });
  const definitions = new StoredDefinitions({ client, clock, logger, metrics, names: definitionNames });
  const uplinks = watchStoredUplinks({ client, clock, logger, metrics });
  const nodes = new StoredNodes({ client, clock, logger, metrics });
  const claims = new StoredClaims({ client, clock, logger, metrics });
  const all = [networks, definitions, nodes, uplinks, claims];
  return {
    networks,
    definitions,
    nodes,
    uplinks,
    claims,
    ordinals: liveOrdinals(client, clock),
    run: (signal) => Promise.all(all.map((one) => one.run(signal))),
  };
}
