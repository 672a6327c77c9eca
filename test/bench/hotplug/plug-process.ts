// Plugs pods of a node, and measures how long that takes. It runs on the node, where the socket of Multus is: `plug-process.ts ORDER`.
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
const { plugged, selection, peer, plain, rounds } = order;
const warmUp = 3;
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
const select = (...more: readonly object[]) =>
  annotate(plugged.name, { [networksKey]: JSON.stringify([...plugged.selections, ...more]) });
const since = (beganNs: bigint, endedNs = process.hrtime.bigint()): number => Number(endedNs - beganNs) / 1e6;

/** Waits until the pod has given up the interface of the round before, and Multus tells so. */
async function untilUnplugged(): Promise<void> {
  for (;;) {
    const { metadata } = await pods.get({ namespace: "default", name: plugged.name });
    const results = parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
    if (results.length === plugged.selections.length) return;
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
}

async function plugOnce(asker: UdpEnd, sandbox: PodSandbox): Promise<PlugRound> {
  const answered = asker.firstAnswer(peer.address);
  const began = process.hrtime.bigint();
  await select(selection);
  const plugPatch = since(began);
  const plug = since(began, await answered);
  await untilTold();
  const ownAdd = await wireAgain(asker, sandbox);
  await select();
  await untilUnplugged();
  return { plug, plugPatch, ownAdd };
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
const kinds = ["plug", "plugPatch", "ownAdd", "barePatch", "bareAdd"] as const;
const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<
  (typeof kinds)[number],
  number[]
>;
for (let round = -warmUp; round < rounds; round += 1) {
  // Each round begins with the other one.
  const first = round % 2 === 0 ? await plugOnce(plugAsker, ours) : undefined;
  const add = await addOnce(bareAsker, bare, round);
  const plug = first ?? (await plugOnce(plugAsker, ours));
  if (round < 0) continue;
  const both = { ...plug, ...add };
  for (const kind of kinds) times[kind].push(both[kind]);
}
const result: PlugTimes = times;
process.stdout.write(`${JSON.stringify(result)}\n`);
client.close();
