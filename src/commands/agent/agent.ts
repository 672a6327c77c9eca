// The subcommands of a node: the agent, and the one that puts the CNI shim on the host.
import packageJson from "../../../package.json" with { type: "json" };
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { DefaultMtu } from "#cni/agent/node/default-mtu.ts";
import { BandwidthKeeper } from "#cni/agent/keepers/bandwidth-keeper.ts";
import { BypassCidrs } from "#cni/agent/node/bypass-cidrs.ts";
import { DepartedPorts } from "#cni/agent/ports/departed-ports.ts";
import { ForwardingKeeper } from "#cni/agent/node/forwarding-keeper.ts";
import { GatewayLeaseKeeper } from "#cni/agent/keepers/gateway-lease-keeper.ts";
import { LimitChanger } from "#cni/agent/keepers/limit-changer.ts";
import { MachineAnnouncer } from "#cni/agent/keepers/machine-announcer.ts";
import { frameSender, managementSocket } from "#cni/announcing/packet-out.ts";
import { NodeAgent } from "#cni/agent/node-agent.ts";
import { NodePublisher } from "#cni/agent/node/node-publisher.ts";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { AgentTurn } from "#cni/agent/node/agent-turn.ts";
import { readOvnControllerVersion } from "#cni/agent/node/ovn-controller-version.ts";
import { PodResults } from "#cni/agent/pods/pod-results.ts";
import { LoosePairs } from "#cni/agent/ports/loose-pairs.ts";
import { PortRestorer } from "#cni/agent/ports/port-restorer.ts";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";
import { PodWatch } from "#cni/agent/pods/pod-watch.ts";
import { TapKeeper } from "#cni/taps/tap-keeper.ts";
import { WireDemand } from "#cni/wires/wire-demand.ts";
import { WireKeeper } from "#cni/wires/wire-keeper.ts";
import { NetlinkWorkers } from "#cni/plumbing/netlink-workers.ts";
import { ShimServer } from "#cni/agent/calls/shim-server.ts";
import type { ShimAnswer } from "#cni/contract/shim-protocol.ts";
import { PortSweep } from "#cni/agent/ports/sweep.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { watchClock } from "#src/core/clock-watch.ts";
import { type AppError, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import { EventRecorder } from "#src/kube/events/events.ts";
import { createPodInformer } from "#src/kube/informer/pod-informer.ts";
import { PodApi } from "#src/kube/pods.ts";
import { endListening, startListening } from "#src/health/listening.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { systemNamespace } from "../system-namespace.ts";
import { openTokenKeys } from "../keys/token-keys.ts";

/** The shim waits 100 s. A rollback after this limit may take 20 s. */
const callLimitMs = 75_000;
const lastEventsMs = 2_000;
/** A scrape may take no longer because ovn-controller is busy. */
const versionLimitMs = 1_000;

/** Serves CNI calls on this node until SIGTERM, whenever it is this agent's turn. */
export const agent: CommandRun<"agent"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const generation = readGeneration(config.generation);
  const turn = new AgentTurn({ socketPath: config.socket, generation, clock, logger });
  const metrics = createMetrics(undefined, { lagIntervalMs: 1_000 });
  // An agent that has given its node to a newer one begins anew, and serves again when that one fails.
  while (!signal.aborted) await serveNode(context, turn, metrics);
  return "ok";
};

/** Waits for the turn, and serves until it is over. */
async function serveNode(context: CommandContext<"agent">, turn: AgentTurn, metrics: Metrics): Promise<void> {
  const { config, clock, logger, signal } = context;
  const nodeName = config.nodeName ?? hostname();
  const client = await openApiClient(context, "ovn4nfv-agent", metrics);
  const events = new EventRecorder({ client, component: "ovn4nfv-agent", instance: nodeName, clock, logger, metrics });
  const running = new AbortController();
  watchClock({ clock, logger, metrics }, running.signal);
  const { keys, isEmpty } = await openTokenKeys(context, client, metrics, running.signal);
  if (isEmpty) logger.warn({}, "no public token key: every result is taken for forged");
  const pods = createPodInformer({ client, clock, logger, metrics, nodeName });
  const api = new PodApi(client);
  const bridge = new IntegrationBridge({ endpoint: config.ovsEndpoint, bridge: config.bridge, clock, logger });
  const netlink = new NetlinkWorkers([config.netlinkFile]);
  const { run } = netlink;
  const turns = new SandboxTurns();
  const onWrongLimits = ({ metadata }: PodMetadata, err: AppError): void => {
    const { namespace = "", name = "" } = metadata;
    logger.info({ pod: `${namespace}/${name}`, err }, "a part of the annotation for limits of bandwidth is left out");
  };
  const results = new PodResults({ pods, api, keys, onWrongLimits });
  const mtu = new DefaultMtu(config.mtu, run, logger);
  const nodeAgent = new NodeAgent({
    turns,
    results,
    bridge,
    pods,
    clock,
    logger,
    metrics,
    callLimitMs,
    run,
    watch: new PodWatch(pods),
    mtu,
    bypassCidrs: new BypassCidrs({ client, nodeName, fixed: config.keptRanges, clock, logger }),
    onForged: (pod, error) => {
      // Other faults concern the runtime and the node, not the user.
      if (isRefusal(error)) tell(events, pod, error.code, error.message);
    },
    onWaiting: (pod, ports) => {
      const message = `ovn-controller of ${nodeName} has not bound ${ports.join(", ")} yet: look at its log, and at the port in NB`;
      tell(events, pod, "WaitingForPort", message);
    },
  });
  const shims = new ShimServer({
    socketPath: config.socket,
    serve: async (call, gone) => turn.answer(call) ?? nodeAgent.serve(call, gone),
    logger,
  });
  const notReady = (): readonly string[] => [
    ...(bridge.isReady ? [] : [`the bridge ${config.bridge} is not seen`]),
    ...(pods.hasSynced ? [] : ["the pods of the node were not read yet"]),
  ];
  const { readySocket } = config;
  const notStarted = (): readonly string[] => [...notReady(), ...turn.notStarted()];
  const probes = readySocket === undefined ? undefined : probeServer(readySocket, notStarted, logger);
  const { version: agentVersion } = packageJson;
  const beforeScrape = async (): Promise<void> => {
    metrics.set("ovn4nfv_agent_bridge_ready", {}, bridge.isReady ? 1 : 0);
    const call = { signal: running.signal, deadlineMs: clock.monotonicMs() + versionLimitMs };
    const controller = await readOvnControllerVersion(config.ovnFolder, clock, call);
    metrics.clear("ovn4nfv_agent_node_info");
    const versions = {
      agent_version: agentVersion,
      ovs_version: bridge.switchVersion ?? "",
      ovn_controller_version: controller ?? "",
    };
    metrics.set("ovn4nfv_agent_node_info", versions, 1);
  };
  const operations = createOperationsServer({ metrics, notReady, beforeScrape, clock });
  const parts: Promise<void>[] = [];
  try {
    await netlink.start();
    bridge.start(running.signal);
    parts.push(pods.run(running.signal));
    await probes?.start();
    const listen = (): Promise<number> => startListening(operations, config.operationsListen);
    const port = await turn.take({ listen, notReady }, signal);
    if (port === undefined) return;
    metrics.count("ovn4nfv_agent_turns_total", {});
    // The parts that act on the node are made now, so that they have collected nothing while another agent served.
    const sweep = new PortSweep({ bridge, pods, api, keys, run, clock, logger, metrics });
    const departed = new DepartedPorts({ bridge, pods, clock, logger, metrics });
    const demand = new WireDemand({ client, nodeName, pods, bridge, clock, logger, metrics });
    const wires = new WireKeeper({ database: bridge, needs: () => demand.needs(), run, clock, logger, metrics });
    const taps = new TapKeeper({ database: bridge, clock, logger, metrics });
    const node = { client, nodeName, agentVersion, bridge, mtu, wires, taps, clock, logger, metrics };
    const publisher = new NodePublisher(node);
    const namespace = await systemNamespace(config, context);
    const lease = new GatewayLeaseKeeper({ client, namespace, nodeName, bridge, clock, logger, metrics });
    const forwarding = new ForwardingKeeper({ bridge, clock, logger });
    const pairs = new LoosePairs({ bridge, pods, api, turns, run, logger, metrics });
    const restorer = new PortRestorer({ bridge, pods, results, turns, pairs, run, clock, logger, metrics });
    const bandwidth = new BandwidthKeeper({ bridge, run, clock, logger });
    const limits = new LimitChanger({ bridge, pods, results, mtu, turns, run, clock, logger, metrics });
    const management = managementSocket(config.ovsEndpoint, config.bridge);
    const announcer =
      management === undefined
        ? undefined
        : new MachineAnnouncer({ bridge, pods, results, send: frameSender(management, clock), clock, logger });
    parts.push(sweep.run(config.sweepMs, running.signal), restorer.run(running.signal));
    parts.push(publisher.run(running.signal), bandwidth.run(running.signal), wires.run(running.signal));
    parts.push(demand.run(wires.needsChanged, running.signal), limits.run(running.signal), lease.run(running.signal));
    parts.push(taps.run(running.signal), forwarding.run(running.signal), departed.run(running.signal));
    if (announcer !== undefined) parts.push(announcer.run(running.signal));
    await mkdir(dirname(config.socket), { recursive: true, mode: 0o700 });
    await shims.start();
    logger.info({ socket: config.socket, operations: port, node: nodeName }, "agent serving");
    await turn.over(signal);
    await shims.close();
  } finally {
    running.abort();
    await probes?.close();
    await Promise.all(parts);
    netlink.close();
    await bridge.close();
    // The next agent of the node waits for this port. Nothing of this one acts on the node any more.
    const ended = endListening(operations);
    operations.closeAllConnections();
    await ended;
    await events.close({ deadlineMs: clock.monotonicMs() + lastEventsMs });
    client.close();
  }
}

/** A pod without the label of its generation gets an empty text. */
function readGeneration(text = ""): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** Answers the startup probe, also while the node is still another agent's. Whatever is asked, nothing is wired. */
function probeServer(socketPath: string, notStarted: () => readonly string[], logger: Logger): ShimServer {
  const serve = (): Promise<ShimAnswer> => {
    const lacks = notStarted();
    return Promise.resolve({ status: lacks.length === 0 ? 0 : 1, output: lacks.map((lack) => `${lack}\n`).join("") });
  };
  return new ShimServer({ socketPath, serve, logger });
}

function tell(events: EventRecorder, { metadata }: PodMetadata, reason: string, message: string): void {
  const { namespace, name = "", uid = "" } = metadata;
  const subject = { apiVersion: "v1", kind: "Pod", namespace, name, uid };
  events.record({ subject, type: "Warning", reason, message });
}
