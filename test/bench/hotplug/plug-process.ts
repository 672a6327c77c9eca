// Plugs pods of a node, and measures how long that takes. It runs on the node, where the socket of Multus is: `plug-process.ts ORDER`.
import { readFileSync } from "node:fs";
import { sandboxFinder } from "#lab/dynamic-networks/cri-client.ts";
import { delegateCaller, type PodSandbox } from "#lab/dynamic-networks/delegate-call.ts";
import { networksKey } from "#lab/dynamic-networks/network-selection.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { mustRun } from "#tools/process/command.ts";
import { UdpEnd } from "./first-answer.ts";
import type { PlugOrder, PlugTimes } from "./plug-order.ts";

const order = JSON.parse(process.argv[2] ?? "") as PlugOrder;
const { plugged, still, selection, foreign, peer, plain, rounds } = order;
const warmUp = 3;
/** Reviews before the first round: the code of the webhook is to be compiled, as it is in a cluster that runs. */
const warmReviews = 100;
const statusKey = "k8s.v1.cni.cncf.io/network-status";
/** The bridge of the kernel has the first address of its range. */
const bridgeAddress = "10.199.0.1";
const bridgeSubnet = "10.199.0.0/24";
const bridgeConfig = JSON.stringify({
  cniVersion: "1.0.0",
  name: "bench",
  type: "bridge",
  bridge: "bench0",
  isGateway: true,
  ipam: { type: "host-local", ranges: [[{ subnet: bridgeSubnet, gateway: bridgeAddress }]] },
});

const ownConfig = JSON.stringify({
  cniVersion: "1.0.0",
  name: selection.name,
  type: "ovn4nfv-cni",
  "nfn-network": selection.name,
});

const config = loadKubeConfig({ path: order.kubeconfig });
const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "bench/1" });
const pods = new ResourceApi(client, resources.pods);
const call = delegateCaller(order.multusSocket);
const netnsOf = sandboxFinder(order.criSocket);

const annotate = (name: string, annotations: Readonly<Record<string, string>>) =>
  pods.patch({ namespace: "default", name }, "merge", { metadata: { annotations } });
const selectFor = (pod: PlugOrder["plugged"], ...more: readonly object[]) =>
  annotate(pod.name, { [networksKey]: JSON.stringify([...pod.selections, ...more]) });
const select = (...more: readonly object[]) => selectFor(plugged, ...more);
const since = (beganNs: bigint, endedNs = process.hrtime.bigint()): number => Number(endedNs - beganNs) / 1e6;

/** Waits until the pod has given up the interface of the round before, and Multus tells so. */
async function untilUnplugged(pod: PlugOrder["plugged"]): Promise<void> {
  for (;;) {
    const { metadata } = await pods.get({ namespace: "default", name: pod.name });
    const results = parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
    if (results.length === pod.selections.length) return;
    await systemClock.sleep(20);
  }
}

/** An unplug before Multus tells of the interface would be missed. */
async function untilTold(): Promise<void> {
  for (;;) {
    const { metadata } = await pods.get({ namespace: "default", name: plugged.name });
    const told = JSON.parse(metadata.annotations?.[statusKey] ?? "[]") as readonly { readonly interface?: string }[];
    if (told.some((one) => one.interface === selection.interface)) return;
    await systemClock.sleep(20);
  }
}

interface PlugRound {
  readonly plug: number;
  readonly plugPatch: number;
  readonly ownAdd: number;
  readonly plugBusyPercent: number;
}

/** The time that all processors together have worked, and have been idle, in ticks of the kernel. */
function processorTicks(): { readonly busy: number; readonly idle: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, ...interrupts] = line
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  const busy = [user, nice, system, ...interrupts].reduce((sum, ticks) => sum + ticks, 0);
  return { busy, idle: idle + waiting };
}

async function plugOnce(asker: UdpEnd, sandbox: PodSandbox): Promise<PlugRound> {
  const answered = asker.firstAnswer(peer.address);
  const before = processorTicks();
  const began = process.hrtime.bigint();
  await select(selection);
  const plugPatch = since(began);
  const plug = since(began, await answered);
  const after = processorTicks();
  const busy = after.busy - before.busy;
  const plugBusyPercent = (100 * busy) / (busy + after.idle - before.idle);
  await untilTold();
  const ownAdd = await wireAgain(asker, sandbox);
  await select();
  await untilUnplugged(plugged);
  return { plug, plugPatch, ownAdd, plugBusyPercent };
}

/** Changes the networks of a pod that nobody wires: once by another plugin's definition, and once by one of ours. */
async function changeOnly(): Promise<{ readonly reviewedPatch: number; readonly allocatedPatch: number }> {
  const timed = async (one: object): Promise<number> => {
    const began = process.hrtime.bigint();
    await selectFor(still, one);
    return since(began);
  };
  const reviewedPatch = await timed(foreign);
  const allocatedPatch = await timed(selection);
  await selectFor(still);
  await untilUnplugged(still);
  return { reviewedPatch, allocatedPatch };
}

/**
 * Takes the interface that was plugged out of the pod, and calls Multus for it again. Nobody allocates or watches for that. As the
 * controller does, it asks the runtime for the sandbox first.
 */
async function wireAgain(asker: UdpEnd, sandbox: PodSandbox): Promise<number> {
  const attachment = { namespace: "default", ...selection };
  const parts = { sandbox, pod: { namespace: "default", ...plugged }, selection: attachment, config: ownConfig };
  await call({ command: "DEL", ...parts });
  const answered = asker.firstAnswer(peer.address);
  const called = process.hrtime.bigint();
  await netnsOf(plugged.uid);
  await call({ command: "ADD", ...parts });
  return since(called, await answered);
}

async function addOnce(
  asker: UdpEnd,
  sandbox: PodSandbox,
  round: number,
): Promise<{ readonly barePatch: number; readonly bareAdd: number }> {
  const began = process.hrtime.bigint();
  await annotate(plain.name, { "bench.example/round": String(round) });
  const barePatch = since(began);
  const attachment = { namespace: "default", name: "bench", interface: selection.interface };
  const parts = { sandbox, pod: { namespace: "default", ...plain }, selection: attachment, config: bridgeConfig };
  const answered = asker.firstAnswer(bridgeAddress);
  const called = process.hrtime.bigint();
  await call({ command: "ADD", ...parts });
  const bareAdd = since(called, await answered);
  await call({ command: "DEL", ...parts });
  return { barePatch, bareAdd };
}

const [ours, others, bare] = await Promise.all([plugged.uid, peer.uid, plain.uid].map(netnsOf));
if (ours === undefined || others === undefined || bare === undefined) throw new Error("a pod has no sandbox");
await using owned = new AsyncDisposableStack();
owned.use(await UdpEnd.answer(others.netns));
owned.use(await UdpEnd.answer("/proc/self/ns/net"));
const plugAsker = owned.use(await UdpEnd.ask(ours.netns, selection.interface));
const bareAsker = owned.use(await UdpEnd.ask(bare.netns, selection.interface));
// The bridge stays on the node, and without this its address is reached through the default route of the pod, too.
const detour = ["ip", "route", "add", "unreachable", bridgeSubnet, "metric", "4096"];
await mustRun("nsenter", [`--net=${bare.netns}`, ...detour]);
const kinds = [
  "plug",
  "plugPatch",
  "ownAdd",
  "plugBusyPercent",
  "reviewedPatch",
  "allocatedPatch",
  "barePatch",
  "bareAdd",
] as const;
const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<
  (typeof kinds)[number],
  number[]
>;
for (let index = 0; index < 150; index += 1) await changeOnly();
for (let review = 0; review < warmReviews; review += 1) await changeOnly();
for (let round = -warmUp; round < rounds; round += 1) {
  // Each round begins with the other one.
  const first = round % 2 === 0 ? await plugOnce(plugAsker, ours) : undefined;
  const add = await addOnce(bareAsker, bare, round);
  const plug = first ?? (await plugOnce(plugAsker, ours));
  const change = await changeOnly();
  if (round < 0) continue;
  const both = { ...plug, ...add, ...change };
  for (const kind of kinds) times[kind].push(both[kind]);
}
const result: PlugTimes = times;
process.stdout.write(`${JSON.stringify(result)}\n`);
client.close();
