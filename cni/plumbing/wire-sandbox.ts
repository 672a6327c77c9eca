import { AppError } from "#src/core/errors.ts";
import { type HostEnd, printHostEnd } from "./host-end.ts";
import { inFreeTables } from "./free-tables.ts";
import { emptyNetworkState, type LinkStates, type NetworkState, parseNetworkState } from "./network-state.ts";
import { isUnfinished, type RunNetlink } from "./netlink-workers.ts";
import { isNetlinkWord, netlinkCommand } from "./netlink-command.ts";
import { pairCommands, type PodSettings, podCommands } from "./pod-commands.ts";
import { defaultFamilies, type PodInterface } from "./pod-interface.ts";
import { shapingCommands } from "./shaping.ts";
import { routeInTheWay, routeTaken } from "./route-taken.ts";

export interface Sandbox {
  /** Path of the pod's network namespace. */
  readonly netns: string;
  readonly interfaces: readonly PodInterface[];
  /** The purpose of each host end, by its name. */
  readonly hostEnds?: ReadonlyMap<string, HostEnd>;
  /** True when the pod has other interfaces of ours already. */
  readonly hasOthers?: boolean;
}

/**
 * Makes the veth pairs and everything inside the pod: settings, addresses, routes. On failure no pair is left. Throws the
 * errors of `RunNetlink`, and `RouteTaken` when the pod has one of the routes already.
 */
export async function wireSandbox(
  { netns, interfaces: wanted, hostEnds, hasOthers = false }: Sandbox,
  settings: PodSettings,
  signal: AbortSignal,
  run: RunNetlink,
): Promise<void> {
  const moves = defaultFamilies(wanted).size > 0;
  const joins = hasOthers && wanted.some(({ table }) => table !== undefined);
  const before = moves || joins ? await readNetworkState(netns, signal, run) : emptyNetworkState;
  const { interfaces, commands: first } = inFreeTables(wanted, joins ? before : emptyNetworkState);
  const commands = [
    ...first,
    ...pairCommands(interfaces),
    ...aliasCommands(hostEnds),
    ...podCommands(interfaces, settings, before),
    ...shapingCommands(interfaces, settings.inUserSpace),
  ];
  const hostNames = interfaces.map(({ hostName }) => hostName);
  try {
    await run([enter(netns), ...commands], { signal });
  } catch (error) {
    // When a command failed, the pairs of this batch are gone already. A pair that existed before belongs to somebody else.
    if (isUnfinished(error)) await removePairs(hostNames, run);
    throw await inPlainWords(error, netns, signal, run);
  }
  if (!signal.aborted) return;
  await removePairs(hostNames, run);
  throw new AppError("Aborted", "the sandbox was wired when nobody wanted it any more");
}

/** Only the pod's namespace says which route is in the way of one of ours, so it is read once more. */
async function inPlainWords(error: unknown, netns: string, signal: AbortSignal, run: RunNetlink): Promise<unknown> {
  const route = routeInTheWay(error);
  if (route === undefined) return error;
  try {
    return routeTaken(route, await readNetworkState(netns, signal, run), error) ?? error;
  } catch {
    // The namespace may be gone meanwhile; what the kernel said first is the better answer.
    return error;
  }
}

/** Aliases stay with the links, so that a lost port can be put back although agent and database know nothing any more. */
function aliasCommands(hostEnds: Sandbox["hostEnds"] = new Map()): readonly string[] {
  return [...hostEnds].flatMap(([hostName, end]) => {
    const alias = printHostEnd(end);
    return alias === undefined ? [] : [netlinkCommand("alias", hostName, alias)];
  });
}

/** Reads the state of a pod's network namespace, or of our own when `netns` is undefined. Throws the errors of `RunNetlink`. */
export async function readNetworkState(
  netns: string | undefined,
  signal: AbortSignal,
  run: RunNetlink,
): Promise<NetworkState> {
  return parseNetworkState(await run([...inside(netns), "show"], { signal }));
}

/** Reads the same without routes and rules, of which there may be very many. */
export async function readLinks(netns: string | undefined, signal: AbortSignal, run: RunNetlink): Promise<LinkStates> {
  return parseNetworkState(await run([...inside(netns), netlinkCommand("show", "links")], { signal }));
}

function inside(netns: string | undefined): readonly string[] {
  return netns === undefined ? [] : [enter(netns)];
}

/** The container runtime chooses the path, and may put any character in it. */
function enter(netns: string): string {
  if (isNetlinkWord(netns)) return netlinkCommand("netns", netns);
  throw new AppError(
    "NetnsInvalid",
    `CNI_NETNS ${JSON.stringify(netns)}: white space and special characters are not supported`,
  );
}

/** Removes the pairs that exist; those that do not exist count as removed. Throws `CommandFailed`. */
export async function removePairs(hostNames: readonly string[], run: RunNetlink): Promise<void> {
  if (hostNames.length === 0) return;
  await run([netlinkCommand("unpair", ...hostNames)], { signal: AbortSignal.timeout(removeLimitMs) });
}

/** The removal of pairs gets this time, also when the call that made them was aborted. */
const removeLimitMs = 10_000;
