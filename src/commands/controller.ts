import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { hostname } from "node:os";
import { AllocationController } from "#src/controllers/allocations/allocation-controller.ts";
import { type LateControllerOptions, runLateController } from "#src/controllers/late-allocation/late-controller.ts";
import { NetworkController } from "#src/controllers/networks/network-controller.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { readTopology } from "#src/controllers/topology/topology-options.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import { createTokenSigner, type TokenKeys } from "#src/ipam/token.ts";
import { EventRecorder } from "#src/kube/events.ts";
import type { EventNote } from "#src/kube/event-series.ts";
import { LeaderElection } from "#src/kube/lease.ts";
import { endListening, listen } from "#webhooks/server/listening.ts";
import { createOperationsApp } from "#webhooks/server/operations-app.ts";
import { allocationTimings } from "./allocation-timings.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import type { CommandContext, CommandRun } from "./command.ts";
import { LateAdmissions } from "./late-admissions.ts";
import { nbOptions } from "./nb-options.ts";
import { loadTokenKey } from "./token-key.ts";
import { loadTokenPublicKeys } from "./token-public-keys.ts";

const component = "ovn4nfv-controller";
const lastEventsMs = 2_000;

/** Keeps pods and ports, Networks and switches equal, as one of several replicas of which one leads, until SIGTERM. */
export const controller: CommandRun<"controller"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const timings = allocationTimings(config);
  const topology = readTopology(config);
  const metrics = createMetrics(undefined, true);
  const keys = await loadTokenPublicKeys(config.tokenPublicKeyFiles);
  const cluster = await openCluster(config.kubeconfig, component, clock, metrics, { signal });
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: the controller needs a cluster");
  const { client, uid } = cluster;
  const instance = hostname();
  const events = new EventRecorder({ client, component, instance, clock, logger, metrics });
  const late = await openLateAdmissions(context, cluster, keys, metrics);
  const record = (note: EventNote): void => {
    events.record(note);
  };
  const nb = new NbFeed({ ...nbOptions(config), clock, logger });
  const allocations = new AllocationController({
    ...{ nb, client, cluster: uid, keys, timings, clock, logger, metrics },
    record,
  });
  const running = new AbortController();
  let isSynced = false;
  const notReady = () => (isSynced ? [] : ["the Northbound database and the stored pods were not read yet"]);
  const operations = createServer(createOperationsApp({ metrics, notReady, beforeScrape: () => {} }));
  try {
    const port = await listen(operations, config.operationsListen);
    logger.info({ operations: port, cluster: uid }, "controller serving");
    nb.start(running.signal);
    allocations.start(running.signal);
    await allocations.whenSynced(signal);
    isSynced = true;
    const identity = `${instance}-${randomBytes(4).toString("hex")}`;
    const { leaseNamespace: namespace, leaseName: name } = config;
    const election = new LeaderElection({
      ...{ client, namespace, name, identity, timings: leaseTimings(config), clock, logger, metrics },
    });
    const { usageDelayMs } = config;
    const lead = async (leading: AbortSignal): Promise<void> => {
      const { gatewaySelector } = config;
      const parts = { nb, client, cluster: uid, topology, gatewaySelector, events, usageDelayMs };
      const networks = new NetworkController({ ...parts, clock, logger, metrics });
      await Promise.all([
        allocations.lead(leading),
        networks.run(leading),
        late === undefined ? undefined : allocateLate(context, late, { client, record, metrics }, leading),
      ]);
    };
    // A leader that lost its lease stands in line again: what it had under way waits on the rows that it read.
    while ((await election.run(lead, signal)) === "lost");
  } catch (caught) {
    if (!signal.aborted) throw caught;
    logger.debug({ err: caught }, "ended before it led");
  } finally {
    running.abort();
    await Promise.all([allocations.close(), nb.close()]);
    await events.close({ deadlineMs: clock.monotonicMs() + lastEventsMs });
    await endListening(operations);
    client.close();
  }
  return "ok";
};

/** Undefined without a key to sign with. */
async function openLateAdmissions(
  { config, clock, logger }: CommandContext<"controller">,
  cluster: Cluster,
  publicKeys: TokenKeys,
  metrics: Metrics,
): Promise<LateAdmissions | undefined> {
  if (config.tokenKeyFile === undefined) return undefined;
  const signer = await createTokenSigner(await loadTokenKey(config.tokenKeyFile));
  const keys = new Map([...publicKeys, [signer.kid, signer.publicKey]]);
  return new LateAdmissions({ config, cluster, signer, keys, clock, logger, metrics });
}

async function allocateLate(
  { config, clock, logger }: CommandContext<"controller">,
  late: LateAdmissions,
  parts: Pick<LateControllerOptions, "client" | "record" | "metrics">,
  leading: AbortSignal,
): Promise<void> {
  const excludedNamespaces = new Set(config.excludedNamespaces);
  try {
    await runLateController({ ...parts, admit: late.admit, excludedNamespaces, clock, logger }, leading);
  } finally {
    await late.close();
  }
}

function leaseTimings({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: CommandContext<"controller">["config"]) {
  if (retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs) {
    return { leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  }
  const message = "--retry-period must be less than --renew-deadline, and that less than --lease-duration";
  throw new AppError("ConfigInvalid", message);
}
