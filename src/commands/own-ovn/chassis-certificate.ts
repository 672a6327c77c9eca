import { hostname } from "node:os";
import { keepChassisCertificate } from "#certs/chassis-certificate.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { systemNamespace } from "../system-namespace.ts";
import { ownOvnNames } from "./own-ovn-names.ts";

/** Keeps the certificate of a node's chassis until SIGTERM, or with --once until it is there. */
export const chassisCertificate: CommandRun<"chassis-certificate"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const metrics = createMetrics();
  const client = await openApiClient(context, "ovn4nfv-chassis-certificate", metrics);
  const there = new AbortController();
  const options = {
    client,
    nodeName: config.nodeName ?? hostname(),
    folder: config.certificateFolder,
    bundle: { namespace: await systemNamespace(config, context), name: ownOvnNames.southboundAuthority },
    clock,
    logger,
    metrics,
  };
  const onGood = (): void => {
    if (config.once) there.abort();
  };
  try {
    await keepChassisCertificate(options, onGood, AbortSignal.any([signal, there.signal]));
  } finally {
    client.close();
  }
  return "ok";
};
