// Keeps a ConfigMap with the names of the NetworkAttachmentDefinitions that lead to our plugin. A policy of the API server
// (deploy/base/hints.yaml) reads it, and refuses pods that would hang.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { configMapData } from "#src/kube/client/object-data.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { projectDefinition } from "#src/pods/stored/stored-definitions.ts";
import { definitionList, listChanges } from "./definition-list.ts";

export interface DefinitionControllerOptions {
  readonly client: ApiClient;
  /** The namespace of the installation. */
  readonly namespace: string;
  /** Definitions with these names (`namespace/name`) are ours whatever is in them. */
  readonly names: Iterable<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export const definitionsConfigMap = "ovn4nfv-definitions";
const name = "definitions";
/** Definitions that come together, as in one file, lead to one write. */
const gatherMs = 200;
const retryMs = 1_000;

/** Writes the list at the start and after each change, until the signal aborts. It never rejects. */
export async function runDefinitionController(
  { client, namespace, names, clock, logger, metrics }: DefinitionControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const queue = new WorkQueue({ name, clock, metrics });
  const informer = new Informer({
    name,
    client,
    resource: resources.networkAttachmentDefinitions,
    project: keyOfOwn,
    indexers: { own: (key) => (key === undefined ? [] : ["own"]) },
    clock,
    logger,
    metrics,
  });
  let isGathering = false;
  const changed = (): void => {
    if (isGathering) return;
    isGathering = true;
    queue.addAfter(name, gatherMs);
  };
  informer.addHandler({ added: changed, updated: changed, deleted: changed });
  const named = [...names];
  const target = new NamedObject(client, resources.configMaps, { namespace, name: definitionsConfigMap });
  const reconcile = async (_key: string, within: AbortSignal): Promise<ReconcileResult> => {
    await informer.whenSynced({ signal: within });
    isGathering = false;
    const own = informer.byIndex("own", "own").flatMap((key) => key ?? []);
    const { data, left } = definitionList(new Set([...own, ...named]));
    if (left > 0) logger.warn({ left }, "there are too many definitions, so some are not checked at apply");
    const stored = await target.read({ signal: within });
    const changes = listChanges(stored === undefined ? new Map() : configMapData(stored), data);
    if (changes === undefined) return {};
    const isWritten = await target.write(stored, { data: changes }, { signal: within });
    return isWritten ? {} : { requeueAfterMs: retryMs };
  };
  queue.add(name);
  const loop = { controller: name, queue, workers: 1, reconcile, clock, logger, metrics };
  await Promise.all([informer.run(signal), runReconcileLoop(loop, signal)]);
  queue.close();
}

function keyOfOwn(object: KubeObject): string | undefined {
  const { namespace = "", name: definition } = object.metadata;
  return projectDefinition(object).own === undefined ? undefined : `${namespace}/${definition}`;
}
