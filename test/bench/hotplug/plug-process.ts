// Plugs pods of a node, and measures how long that takes. It runs on the node, where the socket of Multus is: `plug-process.ts ORDER`.
import { findPodSandbox } from "#lab/dynamic-networks/cri-client.ts";
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

const config = loadKubeConfig({ path: order.kubeconfig });
const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "bench/1" });
const pods = new ResourceApi(client, resources.pods);
const call = delegateCaller(order.multusSocket);
const netnsOf = async (uid: string): Promise<PodSandbox> => findPodSandbox(order.criSocket, uid);

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

async function plugOnce(asker: UdpEnd): Promise<{ readonly plug: number; readonly plugPatch: number }> {
  const answered = asker.firstAnswer(peer.address);
  const began = process.hrtime.bigint();
  await select(selection);
  const plugPatch = since(began);
  const plug = since(began, await answered);
  await untilTold();
  await select();
  await untilUnplugged();
  return { plug, plugPatch };
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
const times = { plug: [] as number[], plugPatch: [] as number[], barePatch: [] as number[], bareAdd: [] as number[] };
for (let round = -warmUp; round < rounds; round += 1) {
  // Each round begins with the other one.
  const first = round % 2 === 0 ? await plugOnce(plugAsker) : undefined;
  const add = await addOnce(bareAsker, bare, round);
  const plug = first ?? (await plugOnce(plugAsker));
  if (round < 0) continue;
  times.plug.push(plug.plug);
  times.plugPatch.push(plug.plugPatch);
  times.barePatch.push(add.barePatch);
  times.bareAdd.push(add.bareAdd);
}
const result: PlugTimes = times;
process.stdout.write(`${JSON.stringify(result)}\n`);
client.close();
