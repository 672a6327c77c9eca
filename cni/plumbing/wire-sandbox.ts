import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type DefaultRoute, parseDefaultRoutes } from "./default-route.ts";
import { assertPodNetns } from "./network-namespace.ts";
import { pairLines, unpairLines } from "./pair-batch.ts";
import { podLines } from "./pod-batch.ts";
import { defaultFamilies, familyOfText, type PodInterface } from "./pod-interface.ts";
import { quoteFailedLine, runBatch, runProgram, type RunProgram } from "./run-ip.ts";
import { sourceRuleLines } from "./source-routing.ts";

export interface Sandbox {
  /** Path of the pod's network namespace. */
  readonly netns: string;
  readonly interfaces: readonly PodInterface[];
}

export interface PodSettings {
  /** Pod, service and node ranges that keep going through the old gateway when the default route moves. */
  readonly keptRanges: readonly string[];
  /** br-int forwards in user space (datapath `netdev`): checksums must be complete when packets leave the pod. */
  readonly completeChecksums: boolean;
}

/** Where a process finds its own network namespace. */
const hostNetns = "/proc/self/ns/net";

/**
 * First step: makes the veth pairs, so that OVS ports can be added while `configurePod` runs. On failure nothing is
 * left. Throws `NetnsInvalid`, `CommandFailed` or `Aborted`.
 */
export async function createPairs(
  { netns, interfaces }: Sandbox,
  signal: AbortSignal,
  run: RunProgram = runProgram,
): Promise<void> {
  await assertPodNetns(netns, hostNetns);
  const hostNames = interfaces.map(({ hostName }) => hostName);
  const earlier = new Set(await existingLinks(hostNames));
  try {
    await runBatch(pairLines(interfaces, netns), { signal }, run);
  } catch (error) {
    await removePairs(
      hostNames.filter((name) => !earlier.has(name)),
      run,
    );
    throw error;
  }
}

/**
 * IPv6 may be off in the pod, and a router's advertisement must not add addresses that OVN has not handed out. Then
 * `ip -batch`, and checksums for the names behind `--`. One shell for all, since /proc/sys/net shows the reader's own
 * namespace and so has to be written from inside. In a container that is not privileged /proc/sys cannot be written, but
 * the host's, mounted below /host, can.
 */
const podScript = [
  "set -e",
  "settings=/proc/sys/net",
  "if [ -w /host/proc/sys/net/ipv6/conf/all/disable_ipv6 ]; then settings=/host/proc/sys/net; fi",
  "off() { echo 0 > $settings/ipv6/conf/$1/disable_ipv6; echo 0 > $settings/ipv6/conf/$1/accept_ra; }",
  'while [ "$1" != -- ]; do off "$1"; shift; done',
  "shift",
  // Beside one another: most of their time is that of starting them.
  'pids=; for name; do ethtool -K "$name" tx off > /dev/null & pids="$pids $!"; done',
  "ip -batch -",
  'for pid in $pids; do wait "$pid"; done',
].join("; ");

/** Second step, inside the pod: settings, addresses, routes. The caller undoes with `removePairs` on failure. */
export async function configurePod(
  sandbox: Sandbox,
  settings: PodSettings,
  signal: AbortSignal,
  run: RunProgram = runProgram,
): Promise<void> {
  const { netns, interfaces } = sandbox;
  const lines = podLines(interfaces, await readDefaultRoutes(sandbox, signal), settings.keptRanges);
  const isIpv6 = (address: string): boolean => familyOfText(address) === 6;
  const withIpv6 = interfaces.filter(({ addresses }) => addresses.some(isIpv6)).map(({ name }) => name);
  const withChecksums = settings.completeChecksums ? interfaces.map(({ name }) => name) : [];
  if (withIpv6.length + withChecksums.length === 0) await runBatch(lines, { signal, netns }, run);
  else {
    const command = ["sh", "-c", podScript, "configure-pod", ...withIpv6, "--", ...withChecksums];
    await run(command, `${lines.join("\n")}\n`, { signal, netns }).catch((error: unknown) => {
      throw quoteFailedLine(error, lines);
    });
  }
  await runBatch(sourceRuleLines(interfaces, 6), { signal, netns, family: 6 }, run);
}

async function readDefaultRoutes(
  { netns, interfaces }: Sandbox,
  signal: AbortSignal,
): Promise<readonly DefaultRoute[]> {
  const read = async (family: 4 | 6): Promise<readonly DefaultRoute[]> => {
    const command = ["ip", "-j", `-${family.toString()}`, "route", "show", "default"];
    return parseDefaultRoutes(await runProgram(command, "", { signal, netns }), family);
  };
  return (await Promise.all([...defaultFamilies(interfaces)].map(read))).flat();
}

/** Removes the pairs that are there; those that are not are as good as removed. Throws `CommandFailed`. */
export async function removePairs(hostNames: readonly string[], run: RunProgram = runProgram): Promise<void> {
  const present = await existingLinks(hostNames);
  if (present.length === 0) return;
  const signal = AbortSignal.timeout(removeLimitMs);
  const lines = unpairLines(present, randomInt(firstGroup, lastGroup));
  try {
    await run(["ip", "-force", "-batch", "-"], `${lines.join("\n")}\n`, { signal });
  } catch (error) {
    // The network namespace may have been taken down meanwhile, and its pairs with it.
    if ((await existingLinks(present)).length > 0) throw error;
  }
}

/** Link groups that no configuration by hand uses; two calls at once take the same one once in two thousand million. */
const [firstGroup, lastGroup] = [2 ** 24, 2 ** 31 - 1];

/** An undo runs to its end although the call that it undoes was aborted. */
const removeLimitMs = 10_000;

/** Those of the names that are links in our own namespace; /proc/net, since /sys may show another one's. */
async function existingLinks(names: readonly string[]): Promise<readonly string[]> {
  const present = new Set(
    (await readFile("/proc/net/dev", "utf8")).split("\n").map((line) => line.split(":")[0]?.trim()),
  );
  return names.filter((name) => present.has(name));
}
