import type { InterfaceResult } from "#src/api/result.ts";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { CommandContext } from "../command.ts";
import { flagTable } from "../flags/flags.ts";
import type { NbReading } from "../nb-reading.ts";
import { isNorthboundUnnamed, nbOptions } from "../nb-options.ts";
import { readFlowHints } from "./flow-rows.ts";
import { microflow, type PacketKind } from "./microflow.ts";
import { networkView, type NetworkView } from "./network-view.ts";
import { runOvnTrace } from "./ovn-trace.ts";
import { findInterfaces, tracedInterfaces, type TracedInterface } from "./traced-interfaces.ts";
import { findWay, onwardWay, type PodWay } from "./pod-way.ts";
import { readTrace } from "./read-trace.ts";
import { readObjectNames } from "./row-objects.ts";
import { reportTrace, type TracedWay, type TraceReport } from "./trace-report.ts";
import { flowsWithRows, tellStory, type TraceStory } from "./trace-story.ts";

/** A chain has at most so many functions; a packet that comes to more pods goes in a circle. */
const mostFunctions = 16;
const firstTtl = 64;

export type TraceConfig = Pick<
  CommandContext<"trace">["config"],
  "nbEndpoints" | "nbCaFile" | "nbCertFile" | "nbKeyFile" | "nbServerName" | "nbLeader" | "sbEndpoints" | "ovnTrace"
>;

export interface TraceParts extends Pick<CommandContext<"trace">, "clock" | "logger"> {
  readonly config: TraceConfig;
  readonly nb: NbReading;
  /** Undefined without Kubernetes. The UID is undefined when it is not known. */
  readonly cluster: { readonly client: ApiClient; readonly uid: string | undefined } | undefined;
}

export interface TraceQuestion {
  /** The pod that sends, and who is to get the packet, in the words of the command line. */
  readonly source: string;
  readonly target: string;
  /** The namespace of pods that are named without one. */
  readonly namespace: string;
  readonly kind: PacketKind;
}

/** Asks what the logical network does with a packet. Throws `ConfigInvalid` for words that mean nothing here. */
export async function traceBetween(
  parts: TraceParts,
  { source, target, namespace, kind }: TraceQuestion,
  call: CallOptions,
): Promise<TraceReport> {
  const { nb, cluster } = parts;
  const sb = southboundOf(parts.config);
  const all = tracedInterfaces(nb, cluster?.uid);
  const interfaces = findInterfaces(all, source, namespace);
  const destination = parseIp(target) ?? addressOf(findInterfaces(all, target, namespace), interfaces);
  const isBalanced = (ip: IpAddress): boolean => nb.index.virtual.balancerOf(addressKey(ip), "") !== undefined;
  const way = findWay(interfaces, destination, await storedResults(cluster, interfaces, call), isBalanced);
  const view = networkView(nb);
  const follow = (one: PodWay, ttl: number): Promise<TraceStory> => followWay(parts, sb, view, one, kind, ttl, call);
  const ways = await followChain(all, way, follow);
  const rows = ways.flatMap(({ story }) => story.steps.flatMap(({ row }) => row?.ids ?? []));
  const places = [...nb.rows(logicalSwitch).values()].flatMap(({ name, external_ids: ids }) =>
    ways.some(({ story }) => "datapath" in story.end && story.end.datapath === name) ? [ids] : [],
  );
  const nameObject = await readObjectNames(
    cluster?.client,
    [...rows, ...places, ...view.routerIds.values()],
    view.objectNames,
    call,
  );
  return reportTrace(ways, kind, {
    nameObject,
    interfaceOf: (port) => all.find((one) => one.port === port),
    idsOf: view.idsOf,
  });
}

/** The Southbound database: the one that is named, or the socket beside the usual one of the Northbound database. */
export function southboundOf(config: TraceConfig) {
  if (isNorthboundUnnamed(config)) {
    throw new AppError(
      "ConfigInvalid",
      "trace runs where it is typed, and this machine has no OVN: name both databases with --nb and --sb",
    );
  }
  const { sbEndpoints, nbEndpoints } = config;
  const isUsual = nbEndpoints.join() === flagTable.nbEndpoints.default;
  const endpoints = sbEndpoints.length > 0 ? sbEndpoints : isUsual ? ["unix:/var/run/ovn/ovnsb_db.sock"] : [];
  if (endpoints.length === 0) {
    throw new AppError(
      "ConfigInvalid",
      "no Southbound database is named, which ovn-trace reads: set --sb, as tcp:192.0.2.1:6642",
    );
  }
  return { ...nbOptions(config), endpoints };
}

/** The address of a pod: that of the interface in a network of the sender, or the only one. */
function addressOf(targets: readonly TracedInterface[], from: readonly TracedInterface[]): IpAddress {
  const shared = targets.filter(({ network }) => from.some((one) => one.network === network));
  const candidates = shared.length > 0 ? shared : targets;
  const [only, ...others] = candidates;
  const families = new Set(from.flatMap(({ ips }) => ips.map(({ family }) => family)));
  const address = only?.ips.find(({ family }) => families.has(family));
  if (address !== undefined && others.length === 0) return address;
  const names = candidates.map(({ name, network }) => `${name} (network ${network.network.name})`).join(", ");
  throw new AppError(
    "ConfigInvalid",
    `the destination has several interfaces, or none with an address; write POD/INTERFACE: it has ${names}`,
  );
}

async function storedResults(
  cluster: TraceParts["cluster"],
  [first]: readonly TracedInterface[],
  call: CallOptions,
): Promise<readonly InterfaceResult[]> {
  if (cluster === undefined || first === undefined) return [];
  const { namespace, pod: name } = first;
  const pod = await new ResourceApi(cluster.client, resources.pods).find({ namespace, name }, call);
  return pod === undefined ? [] : storedResultOf(projectPod(pod));
}

async function followWay(
  { config, clock, logger }: TraceParts,
  sb: ReturnType<typeof southboundOf>,
  view: NetworkView,
  way: PodWay,
  kind: PacketKind,
  ttl: number,
  call: CallOptions,
): Promise<TraceStory> {
  const command = config.ovnTrace.split(" ").filter((word) => word !== "");
  const text = await runOvnTrace({ command, sb, clock }, microflow(way, kind, ttl), call);
  const pipelines = readTrace(text);
  const hints = await readFlowHints({ sb, clock, logger: backgroundLogger(logger) }, flowsWithRows(pipelines), call);
  return tellStory(pipelines, view.stages(hints));
}

/** Follows the packet through the functions of a chain, each of which sends it on by its other interface. */
async function followChain(
  all: readonly TracedInterface[],
  first: PodWay,
  follow: (way: PodWay, ttl: number) => Promise<TraceStory>,
): Promise<readonly TracedWay[]> {
  const ways: TracedWay[] = [];
  let ttl = firstTtl;
  for (let way: PodWay | undefined = first; way !== undefined && ways.length <= mostFunctions; ) {
    const story: TraceStory = await follow(way, ttl);
    ways.push({ way, story });
    ttl -= story.routers + 1;
    way = onwardWay(all, way, story.end.kind === "delivered" ? story.end.ports : []);
  }
  return ways;
}
