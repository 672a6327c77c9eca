// Puts the controller together, as a subcommand.
import { AllocationController } from "#src/controllers/allocations/allocation-controller.ts";
import { TapController } from "#src/controllers/taps/tap-controller.ts";
import { ClaimController } from "#src/controllers/claims/claim-controller.ts";
import { ChainController } from "#src/controllers/chains/chain-controller.ts";
import { readChainSubnets } from "#src/controllers/chains/dynamic-networks.ts";
import { runDefinitionController } from "#src/controllers/definitions/definition-controller.ts";
import { type LateControllerOptions, runLateController } from "#src/controllers/late-allocation/late-controller.ts";
import { FailOver } from "#src/controllers/fail-over/fail-over.ts";
import { FloatingIpController } from "#src/controllers/floating/floating-ip-controller.ts";
import { LabelledNamespaces } from "#src/controllers/holds/labelled-namespaces.ts";
import { ToldAddresses } from "#src/controllers/holds/told-addresses.ts";
import { NetworkedPods } from "#src/controllers/pods/networked-pods.ts";
import { runPlacementController } from "#src/controllers/placement/placement-controller.ts";
import { PolicyController } from "#src/controllers/policies/policy-controller.ts";
import { ChassisOwners } from "#src/controllers/chassis/chassis-owners.ts";
import { NodeChassis } from "#src/controllers/chassis/node-chassis.ts";
import { WireController } from "#src/controllers/wires/wire-controller.ts";
import { ServiceController } from "#src/controllers/services/service-controller.ts";
import { UplinkController } from "#src/controllers/uplinks/uplink-controller.ts";
import { NetworkController } from "#src/controllers/networks/network-controller.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { readTopology } from "#src/controllers/topology/topology-options.ts";
import { watchClock } from "#src/core/clock-watch.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics, type Metrics, processMetrics } from "#src/core/metrics.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import { EventRecorder } from "#src/kube/events/events.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import { resources } from "#src/kube/client/resources.ts";
import { LeaderElection } from "#src/kube/lease/lease.ts";
import { KeyRotation } from "#src/tokens/key-rotation.ts";
import { endListening, startListening } from "#src/health/listening.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";
import { StoredDefinitions } from "#src/pods/stored/stored-definitions.ts";
import { ownDefinitionNames } from "../allocation/pod-decisions.ts";
import { allocationTimings } from "../flags/allocation-timings.ts";
import { readTapTargets } from "../flags/tap-targets.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { LateConnection } from "./late-connection.ts";
import { clearLeaderGauges } from "./leader-gauges.ts";
import { mustBeListed } from "../missing-right.ts";
import { nbWriterOptions, sbOptions } from "../nb-options.ts";
import { processIdentity } from "../process-identity.ts";
import { freeMemory } from "../free-memory.ts";
import { systemNamespace } from "../system-namespace.ts";
import { type OpenedSigner, openTokenKeys, openTokenSigner, tokenKeyPlaces, withoutKeys } from "../keys/token-keys.ts";

const component = "ovn4nfv-controller";
const lastEventsMs = 2_000;
const chassisLimitMs = 5_000;

/** Makes ports agree with pods, and switches with Networks, until SIGTERM. One of several replicas leads. */
export const controller: CommandRun<"controller"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const timings = allocationTimings(config);
  const targets = readTapTargets(config.tapTargets);
  const topology = readTopology(config);
  const chainSubnets = readChainSubnets(config.chainSubnets);
  if (topology.uplinkProblem !== undefined) {
    logger.error(
      { problem: topology.uplinkProblem },
      "flags of the uplink are wrong, so what there is of it stays as it is",
    );
  }
  const metrics = createMetrics(undefined, processMetrics);
  const cluster = await openCluster(context, component, metrics, { signal });
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: the controller needs a cluster");
  const { client, uid } = cluster;
  await using owned = new AsyncDisposableStack();
  const running = new AbortController();
  owned.defer(() => {
    running.abort();
    client.close();
  });
  watchClock({ clock, logger, metrics }, running.signal);
  const { keys, isEmpty } = await openTokenKeys(context, client, metrics, running.signal);
  if (isEmpty) throw withoutKeys();
  const signer = await openTokenSigner(context, client, metrics);
  owned.defer(async () => {
    await signer?.close();
  });
  const { instance, unique: identity } = processIdentity();
  const events = new EventRecorder({ client, component, instance, clock, logger, metrics });
  const late = signer && openLateConnection(context, cluster, signer, keys, metrics);
  const record = (note: EventNote): void => {
    events.record(note);
  };
  const nb = new NbFeed({ ...nbWriterOptions(config), clock, logger });
  const chassis = new NodeChassis({ client, clock, logger, metrics });
  const watching = chassis.run(running.signal);
  const allocations = new AllocationController({
    nb,
    chassis,
    client,
    cluster: uid,
    keys,
    signer: signer?.signer,
    timings,
    // A pass over 20,000 pods leaves 40 MiB of garbage, which an idle process would keep.
    onFirstPass: freeMemory,
    record,
    clock,
    logger,
    metrics,
  });
  let isSynced = false;
  const notReady = () => (isSynced ? [] : ["the Northbound database and the stored pods were not read yet"]);
  const beforeScrape = (): void => {
    allocations.measure();
  };
  const operations = createOperationsServer({ metrics, notReady, beforeScrape, clock });
  try {
    const port = await startListening(operations, config.operationsListen);
    logger.info({ operations: port, cluster: uid }, "controller serving");
    nb.start(running.signal);
    allocations.start(running.signal);
    await allocations.whenSynced(signal);
    await untilChassisAreKnown(context, client, chassis);
    freeMemory();
    isSynced = true;
    const { leaseNamespace: namespace, leaseName: name } = config;
    const election = new LeaderElection({
      client,
      namespace,
      name,
      identity,
      timings: leaseTimings(config),
      clock,
      logger,
      metrics,
    });
    const { usageDelayMs } = config;
    const installed = await systemNamespace(config, context);
    const rotation = await openRotation(context, client, metrics);
    const lead = async (leading: AbortSignal): Promise<void> => {
      const { gatewaySelector, settleMs } = config;
      const wires = new WireController({ client, clock, logger, metrics });
      const sb = sbOptions(config);
      const owners = new ChassisOwners({ published: chassis, sb, client, events, clock, logger, metrics });
      const failOver = new FailOver({
        nb,
        sb,
        client,
        namespace: installed,
        settleMs,
        chassis: owners,
        events,
        clock,
        logger,
        metrics,
      });
      const parts = {
        nb,
        client,
        cluster: uid,
        topology,
        gatewaySelector,
        chassis: owners,
        wires,
        failOver,
        events,
        settleMs,
      };
      const pods = new NetworkedPods({ client, clock, logger, metrics });
      const namespaces = new LabelledNamespaces({ client, clock, logger, metrics });
      const uplinks = new UplinkController({ ...parts, clock, logger, metrics });
      const own = { nb, client, pods, cluster: uid, events, clock, logger, metrics };
      const chains = new ChainController({ ...own, chainSubnets, settleMs });
      const around = { waysOut: uplinks, routerPortUsers: chains, usageDelayMs };
      const networks = new NetworkController({ ...parts, ...around, clock, logger, metrics });
      const policies = new PolicyController(own);
      const { view } = allocations;
      const outside = { view, waysOut: uplinks, told: new ToldAddresses(), namespaces, settleMs };
      const floating = new FloatingIpController({ ...own, ...outside });
      const services = new ServiceController({ ...own, ...outside });
      const taps = new TapController({ ...own, targets });
      const { leaseMs } = timings;
      const { anySwitch } = config;
      const claims = new ClaimController({ ...own, view, holders: allocations.pods, anySwitch, leaseMs, settleMs });
      await Promise.all([
        pods.run(leading),
        namespaces.run(leading),
        taps.run(leading),
        allocations.lead(leading),
        floating.run(leading),
        claims.run(leading),
        networks.run(leading),
        wires.run(leading),
        runPlacementController({ client, wires, record, clock, logger, metrics }, leading),
        uplinks.run(leading),
        owners.run(leading),
        failOver.run(leading),
        chains.run(leading),
        policies.run(leading),
        services.run(leading),
        late === undefined ? undefined : allocateLate(context, late, { client, record, metrics }, leading),
        rotation?.run(leading),
        runDefinitionController(
          { client, namespace, names: ownDefinitionNames(config), clock, logger, metrics },
          leading,
        ),
      ]);
    };
    // A leader that lost its Lease tries to lead again. Its old transactions commit only if the rows are as it read them.
    while ((await election.run(lead, signal)) === "lost") clearLeaderGauges(metrics);
  } catch (caught) {
    if (!signal.aborted) throw caught;
    logger.debug({ err: caught }, "ended before it led");
  } finally {
    running.abort();
    await Promise.all([allocations.close(), nb.close(), watching]);
    await events.close({ deadlineMs: clock.monotonicMs() + lastEventsMs });
    await endListening(operations);
  }
  return "ok";
};

/** Nothing that agents publish may stop the release of addresses. So the controller begins without it after a while. */
async function untilChassisAreKnown(
  { clock, logger, signal }: CommandContext<"controller">,
  client: ApiClient,
  chassis: NodeChassis,
): Promise<void> {
  const call = { signal, deadlineMs: clock.monotonicMs() + chassisLimitMs };
  try {
    // A cluster without their CRD is known at once.
    await mustBeListed(client, resources.ovnNodes, call);
    await chassis.whenSynced(call);
  } catch (error) {
    if (signal.aborted) throw error;
    if (isNotFound(error)) chassis.kindIsMissing();
    logger.warn({ err: error }, "the OvnNodes could not be read: ports keep the chassis that they have");
  }
}

function openLateConnection(
  { config, clock, logger }: CommandContext<"controller">,
  cluster: Cluster,
  { signer, keys: own }: OpenedSigner,
  published: TokenKeys,
  metrics: Metrics,
): LateConnection {
  const keys = { get: (kid: string) => own.get(kid) ?? published.get(kid) };
  return new LateConnection({ config, cluster, signer, keys, clock, logger, metrics });
}

/** Gives undefined where keys are files, because somebody else rotates those. */
async function openRotation(
  context: CommandContext<"controller">,
  client: ApiClient,
  metrics: Metrics,
): Promise<KeyRotation | undefined> {
  const places = await tokenKeyPlaces(context);
  if (places === undefined) return undefined;
  const { config, clock, logger } = context;
  const { tokenKeySettleMs: settleMs, tokenKeyRetireMs: retireMs, tokenKeyMaxAgeMs: maxAgeMs } = config;
  return new KeyRotation({ client, places, rules: { settleMs, retireMs, maxAgeMs }, clock, logger, metrics });
}

async function allocateLate(
  { config, clock, logger }: CommandContext<"controller">,
  late: LateConnection,
  parts: Pick<LateControllerOptions, "client" | "record" | "metrics">,
  leading: AbortSignal,
): Promise<void> {
  const { client, record, metrics } = parts;
  const excludedNamespaces = new Set(config.excludedNamespaces);
  // These definitions are never watched, so that each question is a live read.
  const live = new StoredDefinitions({ client, clock, logger, metrics, names: ownDefinitionNames(config) });
  const { decide } = late;
  const definitions = live.source;
  try {
    await runLateController(
      { client, decide, definitions, excludedNamespaces, record, clock, logger, metrics },
      leading,
    );
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
