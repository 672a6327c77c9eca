// Puts the admission webhook together, as a subcommand.
import { watchClock } from "#src/core/clock-watch.ts";
import { createMetrics, processMetrics } from "#src/core/metrics.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import { WebhookServer } from "#webhooks/server/webhook-server.ts";
import { openAllocator } from "../allocation/open-allocator.ts";
import { ownDefinitionNames } from "../allocation/pod-decisions.ts";
import { openStoredObjects } from "../allocation/stored-objects.ts";
import { openCluster } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { processIdentity } from "../process-identity.ts";
import { freeMemory } from "../free-memory.ts";
import { openTokenKeys } from "../keys/token-keys.ts";
import { openClientPolicy } from "./client-policy.ts";
import { webhookEntries } from "./webhook-entries.ts";
import { openIdentity } from "./webhook-identity.ts";

/** Serves admission until SIGTERM. */
export const webhook: CommandRun<"webhook"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const metrics = createMetrics(undefined, processMetrics);
  await using owned = new AsyncDisposableStack();
  const running = new AbortController();
  owned.defer(() => {
    running.abort();
  });
  watchClock({ clock, logger, metrics }, running.signal);
  const clients = await openClientPolicy(context, owned);
  const cluster = await openCluster(context, "ovn4nfv-webhook", metrics, { signal });
  const { keys: published } = await openTokenKeys(context, cluster?.client, metrics, running.signal);
  const keys: TokenKeys = { get: async (kid) => (await identity).signer.keys.get(kid) ?? published.get(kid) };
  const replica = processIdentity({ instance: config.replicaName }).unique;
  const allocator = openAllocator(config, { replica, stored: cluster && { cluster, keys }, clock, logger, metrics });
  allocator.start(running.signal);
  const { client } = cluster ?? {};
  const stored = client && openStoredObjects(ownDefinitionNames(config), { client, clock, logger, metrics });
  const informing = stored?.run(running.signal);
  owned.defer(async () => {
    await allocator.retire();
    running.abort();
    await allocator.close();
    await informing;
  });
  // NB is read while key and certificate are opened, because a replica that starts may be the only one.
  const identity = openIdentity(context, cluster, metrics, owned);
  const { signer, certificate } = await identity;
  const server = new WebhookServer({
    entries: webhookEntries(context, allocator, { signer: signer.signer, keys }, stored),
    certificate: certificate.source,
    admission: config.listen,
    operations: config.operationsListen,
    ...(clients === undefined ? {} : { clients }),
    notReady: () => [
      ...certificate.notReady(),
      ...(allocator.isReady ? [] : ["the Northbound database and the stored pods were not read yet"]),
    ],
    onBound: (listener) => allocator.reservations.onBound(listener),
    drainMs: config.drainMs,
    bodyLimits: { maxBodyBytes: config.bodyLimitBytes },
    clock,
    logger,
    metrics,
  });
  await server.start();
  allocator.ready({ signal: running.signal }).then(freeMemory, () => {});
  await aborted(signal);
  await server.close();
  return "ok";
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}
