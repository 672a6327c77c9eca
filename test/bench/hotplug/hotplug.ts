// `npm run bench -- hotplug`: measures the time from the patch of a pod's annotation until the new interface carries traffic, against the
// sum of a patch that concerns nobody and a call of Multus, once for an interface of ours and once for a link to a bridge of the kernel.
import { fileURLToPath } from "node:url";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { nodePaths } from "#lab/cluster/node-config.ts";
import { ovn4nfvAddOn } from "#lab/cluster/ovn4nfv-add-on.ts";
import { multusSocket, thickMultusAddOn } from "#lab/cluster/thick-multus.ts";
import { networksKey } from "#lab/dynamic-networks/network-selection.ts";
import type { Progress } from "#tools/process/progress.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { labPod, LabStack } from "#test/stacks/lab/lab-stack.ts";
import { type BenchReport, median, rounded } from "../report.ts";
import type { PlugOrder, PlugTimes } from "./plug-order.ts";

const script = fileURLToPath(new URL("plug-process.ts", import.meta.url));
const rounds = Number(process.env["ROUNDS"] ?? 40);
const node = "n1";
const selection = { name: "second", interface: "net2" };

export async function benchHotPlug(progress: Progress): Promise<BenchReport> {
  await using stack = await LabStack.start({ addOns: [multusAddOn, thickMultusAddOn(node), ovn4nfvAddOn] });
  await stack.addNetworks({
    first: { ipv4Subnets: [{ subnet: "10.81.0.0/24" }] },
    second: { ipv4Subnets: [{ subnet: "10.82.0.0/24" }] },
  });
  await stack.apply(
    attachmentDefinition("default", "second", { type: "ovn4nfv-cni", "nfn-network": "second" }),
    labPod("plugged", { node, interfaces: [{ name: "first", interface: "net1" }] }),
    labPod("peer", { node, interfaces: [{ name: "second", interface: "net1" }] }),
    labPod("plain", { node }),
  );
  await stack.ready("plugged", "peer", "plain");
  const order = await orderFor(stack);
  const times = await progress.during(`${rounds} interfaces of each kind`, async () => {
    const args = [script, JSON.stringify(order)];
    const output = await stack.n1.machine.must(process.execPath, args, { timeoutMs: 1_800_000 });
    return JSON.parse(output) as PlugTimes;
  });
  const bare = times.barePatch.map((patch, round) => patch + (times.bareAdd[round] ?? Number.NaN));
  const own = times.barePatch.map((patch, round) => patch + (times.ownAdd[round] ?? Number.NaN));
  const times1 = (sums: readonly number[]) =>
    median(times.plug.map((plug, round) => plug / (sums[round] ?? Number.NaN)));
  return {
    name: "hotplug",
    ratios: rounded({ plug1: times1(own), plugOfBridge1: times1(bare) }),
    figures: rounded({
      plugMs: median(times.plug),
      plugPatchMs: median(times.plugPatch),
      barePatchMs: median(times.barePatch),
      bareAddMs: median(times.bareAdd),
      ownAddMs: median(times.ownAdd),
      plugMaxMs: Math.max(...times.plug),
      bareMaxMs: Math.max(...bare),
    }),
  };
}

async function orderFor(stack: LabStack): Promise<PlugOrder> {
  const [plugged, peer, plain] = await Promise.all(["plugged", "peer", "plain"].map((name) => stack.pod(name)));
  const [own] = await stack.result("peer");
  if (plugged === undefined || peer === undefined || plain === undefined) throw new Error("a pod is gone");
  const selections = JSON.parse(plugged.metadata.annotations?.[networksKey] ?? "[]") as readonly object[];
  return {
    plugged: { name: "plugged", uid: plugged.metadata.uid, selections },
    selection,
    peer: { uid: peer.metadata.uid, address: own?.ip_address[0]?.split("/")[0] ?? "" },
    plain: { name: "plain", uid: plain.metadata.uid },
    rounds,
    kubeconfig: stack.lab.controlPlane.adminKubeconfig,
    multusSocket,
    criSocket: nodePaths.containerdSocket,
  };
}
