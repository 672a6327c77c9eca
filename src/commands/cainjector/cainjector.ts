// The only process of ours that may write webhook configurations. It listens nowhere, and reads no Secret.
import { BundleInjector } from "#certs/bundle-injector.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { configurations } from "../configurations.ts";
import { systemNamespace } from "../system-namespace.ts";
import { beat } from "./heartbeat.ts";

/** Writes the authority that the webhook publishes into caBundle, until SIGTERM. */
export const cainjector: CommandRun<"cainjector"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const { heartbeatFile: file, tlsAuthorityConfigMap: name } = config;
  const metrics = createMetrics();
  const client = await openApiClient(context, "ovn4nfv-cainjector", metrics);
  const published = { namespace: await systemNamespace(config, context), name };
  const injector = new BundleInjector({
    client,
    configurations,
    published,
    ...(file === undefined ? {} : { afterPass: () => beat(file) }),
    clock,
    logger,
    metrics,
  });
  logger.info(published, "cainjector started");
  try {
    await injector.run(signal);
  } finally {
    client.close();
  }
  return "ok";
};
