// Two authorities, so that no certificate of a node opens the Northbound database, which knows no roles.
import { ChassisSigner } from "#certs/chassis-signer.ts";
import { KeptTrust, type KeptLeaf } from "#certs/kept-trust.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { beat } from "../cainjector/heartbeat.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { systemNamespace } from "../system-namespace.ts";
import { memberNames, nodeAccountOf, ownOvnNames } from "./own-ovn-names.ts";

/** Keeps the certificates of our own OVN until SIGTERM. */
export const ovnCertificates: CommandRun<"ovn-certificates"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const { heartbeatFile: file, authorityMs, certificateMs, bundleSettleMs: settleMs } = config;
  const metrics = createMetrics();
  const client = await openApiClient(context, "ovn4nfv-ovn-certificates", metrics);
  const namespace = await systemNamespace(config, context);
  const afterPass = async (): Promise<void> => {
    if (file !== undefined) await beat(file);
  };
  const parts = { client, clock, logger, metrics };
  const keep = (authority: string, leaves: readonly KeptLeaf[]): Promise<void> =>
    new KeptTrust({
      ...parts,
      namespace,
      authority,
      leaves,
      authorityMs,
      leafMs: certificateMs,
      settleMs,
      afterPass,
    }).run(signal);
  const names = memberNames(namespace);
  const signer = new ChassisSigner({
    ...parts,
    authority: { namespace, name: ownOvnNames.southboundAuthority },
    server: { namespace, name: ownOvnNames.southboundServer },
    account: nodeAccountOf(namespace),
    validityMs: certificateMs,
  });
  logger.info({ namespace }, "keeper of certificates started");
  try {
    await Promise.all([
      keep(ownOvnNames.northboundAuthority, [
        { secret: ownOvnNames.northboundServer, kind: "peer", names },
        { secret: ownOvnNames.northboundClient, kind: "client", names: ["ovn4nfv"] },
      ]),
      keep(ownOvnNames.southboundAuthority, [{ secret: ownOvnNames.southboundServer, kind: "peer", names }]),
      signer.run(signal),
    ]);
  } finally {
    client.close();
  }
  return "ok";
};
