// Brings the Northbound database back to a backup, as docs/backup.md says. One run at a time does it, because each starts the webhooks
// at its end.
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { defaultLeaseTimings } from "#src/kube/lease/lease.ts";
import { soleRun } from "#src/kube/lease/sole-run.ts";
import { backgroundLogger } from "../background-logger.ts";
import { openCluster } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { allocationTimings, restoreQuietTime } from "../flags/allocation-timings.ts";
import { refuseUnnamed } from "../nb-options.ts";
import { processIdentity } from "../process-identity.ts";
import { systemNamespace } from "../system-namespace.ts";
import { runRestore } from "./restore-run.ts";

const leaseName = "ovn4nfv-restore";
const waitS = defaultLeaseTimings.leaseDurationMs / 1_000;

/** Without --yes it only says what would change. Progress goes to standard error, and the outcome to standard output. */
export const restore: CommandRun<"restore"> = async (context) => {
  const { config, clock, logger, signal, stderr } = context;
  refuseUnnamed(config);
  // `check` would refuse these at the end, when the database is restored.
  allocationTimings({ ...config, resyncMs: 1_000, fenceExpiryMs: Number.POSITIVE_INFINITY });
  restoreQuietTime(config);
  const metrics = createMetrics();
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const cluster = await openCluster(context, "ovn4nfv-restore", metrics, call);
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: there are no webhooks to stop");
  const { client } = cluster;
  try {
    const namespace = await systemNamespace(config, context);
    if (!config.confirmed) return await runRestore({ context, cluster, namespace });
    const { unique: identity } = processIdentity({ role: "restore" });
    const lease = { client, namespace, name: leaseName, identity, clock, metrics, logger: backgroundLogger(logger) };
    const onHeld = (holder: string): void => {
      stderr.write(`${holder} restores, or was killed: looking for up to ${waitS} s whether it still runs\n`);
    };
    return await soleRun(
      { ...lease, onHeld },
      ({ signal: held, otherHolder }) =>
        runRestore({ context: { ...context, signal: held }, cluster, namespace, otherHolder }),
      signal,
    );
  } finally {
    client.close();
  }
};
