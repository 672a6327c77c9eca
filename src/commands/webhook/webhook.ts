// The admission webhook as a subcommand: what it is put together from.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { openBundleFile } from "#certs/bundle-file.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { createTokenSigner, ephemeralTokenKey, type TokenKeys } from "#src/tokens/token.ts";
import { PodApi } from "#src/kube/pods.ts";
import { StoredNetworks } from "#webhooks/network/stored-networks.ts";
import { StoredDefinitions } from "#webhooks/pod/stored-definitions.ts";
import { createPodSource } from "#webhooks/pod/stored-pods.ts";
import { WebhookServer } from "#webhooks/server/webhook-server.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { nbOptions } from "../nb-options.ts";
import { giveBackSpentMemory } from "../spent-memory.ts";
import { type OpenedSigner, openTokenKeys, openTokenSigner } from "../keys/token-keys.ts";
import { openCertificate } from "./webhook-certificate.ts";
import { ownDefinitionNames, type StoredObjects, webhookEntries } from "./webhook-entries.ts";

type Context = CommandContext<"webhook">;

/** Serves admission until SIGTERM. */
export const webhook: CommandRun<"webhook"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const metrics = createMetrics(undefined, true);
  await using owned = new AsyncDisposableStack();
  const running = new AbortController();
  owned.defer(() => {
    running.abort();
  });
  const cluster = await openCluster(config.kubeconfig, "ovn4nfv-webhook", clock, metrics, { signal });
  const { keys: published } = await openTokenKeys(context, cluster?.client, metrics, running.signal);
  const {
    signer,
    keys: own,
    close,
  } = (await openTokenSigner(context, cluster?.client, metrics)) ?? (await ephemeral(context));
  owned.defer(close);
  const keys: TokenKeys = { get: (kid) => own.get(kid) ?? published.get(kid) };
  const certificate = await openCertificate(context, cluster, metrics);
  owned.defer(() => certificate.source.close());
  const allocator = openAllocator(context, metrics, keys, cluster);
  allocator.start(running.signal);
  const stored = cluster && openStored(context, metrics, cluster);
  const informing = stored && [stored.networks.run(running.signal), stored.definitions.run(running.signal)];
  const server = new WebhookServer({
    entries: webhookEntries(context, allocator, signer, stored),
    certificate: certificate.source,
    admission: config.listen,
    operations: config.operationsListen,
    ...(await clientPolicy(context, owned)),
    notReady: () => [
      ...certificate.notReady(),
      ...(allocator.isReady ? [] : ["the Northbound database and the stored pods were not read yet"]),
    ],
    drainMs: config.drainMs,
    bodyLimits: { maxBodyBytes: config.bodyLimitBytes, bodyTimeoutMs: 10_000 },
    clock,
    logger,
    metrics,
  });
  try {
    await server.start();
    allocator.ready({ signal: running.signal }).then(giveBackSpentMemory, () => {});
    await aborted(signal);
    await server.close();
  } finally {
    await allocator.retire();
    running.abort();
    await allocator.close();
    await Promise.all(informing ?? []);
  }
  return "ok";
};

function openStored({ config, clock, logger }: Context, metrics: Metrics, { client }: Cluster): StoredObjects {
  const parts = { client, clock, logger, metrics };
  return {
    networks: new StoredNetworks(parts),
    definitions: new StoredDefinitions({ ...parts, names: ownDefinitionNames(config) }),
  };
}

/** A key for this run, where none is configured: nobody else can verify what it signs. */
async function ephemeral({ logger }: Context): Promise<OpenedSigner> {
  const signer = await createTokenSigner(ephemeralTokenKey());
  logger.warn({ kid: signer.kid }, "no token key: results are valid for this process only");
  return { signer, keys: new Map([[signer.kid, signer.publicKey]]), close: () => Promise.resolve() };
}

function openAllocator(
  { config, clock, logger }: Context,
  metrics: Metrics,
  keys: TokenKeys,
  cluster: Cluster | undefined,
): NbAllocator {
  return new NbAllocator({
    nb: nbOptions(config),
    clock,
    logger,
    metrics,
    // A restarted process is another replica: its fence numbers must not meet those of the one before.
    replica: `${config.replicaName ?? hostname()}-${randomBytes(4).toString("hex")}`,
    cluster: cluster?.uid ?? "",
    anySwitch: config.anySwitch,
    cooldownMs: config.restMs,
    quietMs: config.restoreQuietMs,
    pods: cluster && createPodSource({ pods: new PodApi(cluster.client), keys, logger }),
  });
}

async function clientPolicy({ config, clock, logger }: Context, owned: AsyncDisposableStack) {
  const { clientCaFile: file, clientNames: allowedNames } = config;
  if (file === undefined) return {};
  const authorities = await openBundleFile({ file, name: "clients", clock, logger });
  owned.defer(() => authorities.close());
  return { clients: { authorities, allowedNames } };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}
