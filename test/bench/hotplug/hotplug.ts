// `npm run bench -- hotplug`: measures the time from the patch of a pod's annotation until the new interface carries traffic, against the
// sum of a patch that concerns nobody and a call of Multus, once for an interface of ours and once for a link to a bridge of the kernel.
import { fileURLToPath } from "node:url";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { nodePaths } from "#lab/cluster/node-config.ts";
import { ovn4nfvAddOn } from "#lab/cluster/ovn4nfv-add-on.ts";
import { multusSocket, thickMultusAddOn } from "#lab/cluster/thick-multus.ts";
import { networksKey } from "#lab/dynamic-networks/network-selection.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import type { Progress } from "#tools/process/progress.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { labPod, LabStack } from "#test/stacks/lab/lab-stack.ts";
import { webhookTimes } from "../apiserver/webhook-times.ts";
import { type BenchReport, mean, median, rounded } from "../report.ts";
import type { PlugOrder, PlugTimes } from "./plug-order.ts";

const script = fileURLToPath(new URL("plug-process.ts", import.meta.url));
const namespace = systemNamespace;
const label = "app.kubernetes.io/name=ovn4nfv-webhook";
const rounds = Number(process.env["ROUNDS"] ?? 40);
const node = "n1";
const selection = { name: "second", interface: "net2" };
const foreign = { name: "others", interface: "net3" };

export async function benchHotPlug(progress: Progress): Promise<BenchReport> {
  await using stack = await LabStack.start({ addOns: [multusAddOn, thickMultusAddOn(node), ovn4nfvAddOn] });
  await stack.addNetworks({
    first: { ipv4Subnets: [{ subnet: "10.81.0.0/24" }] },
    second: { ipv4Subnets: [{ subnet: "10.82.0.0/24" }] },
  });
  await stack.apply(
    attachmentDefinition("default", "second", { type: "ovn4nfv-cni", "nfn-network": "second" }),
    attachmentDefinition("default", foreign.name, { type: "bridge" }),
    labPod("still", { node: "n2", interfaces: [{ name: "first", interface: "net1" }] }),
    labPod("plugged", { node, interfaces: [{ name: "first", interface: "net1" }] }),
    labPod("peer", { node, interfaces: [{ name: "second", interface: "net1" }] }),
    labPod("plain", { node }),
  );
  await stack.ready("plugged", "still", "peer", "plain");
  const order = await orderFor(stack);
  let output = "";
  const webhook = await progress.during(`${rounds} interfaces of each kind`, () =>
    webhookTimes(
      () => scrapeWebhooks(stack),
      async () => {
        const args = [script, JSON.stringify(order)];
        output = await stack.n1.machine.must(process.execPath, args, { timeoutMs: 1_800_000 });
      },
    ),
  );
  const times = JSON.parse(output) as PlugTimes;
  const bare = times.barePatch.map((patch, round) => patch + (times.bareAdd[round] ?? Number.NaN));
  const own = times.barePatch.map((patch, round) => patch + (times.ownAdd[round] ?? Number.NaN));
  const times1 = (sums: readonly number[]) =>
    median(times.plug.map((plug, round) => plug / (sums[round] ?? Number.NaN)));
  return {
    name: "hotplug",
    ratios: rounded({ plug1: times1(own), plugOfBridge1: times1(bare) }),
    figures: rounded({
      ...webhook,
      plugMs: median(times.plug),
      plugPatchMs: median(times.plugPatch),
      plugBusyPercent: mean(times.plugBusyPercent),
      barePatchMs: median(times.barePatch),
      bareAddMs: median(times.bareAdd),
      ownAddMs: median(times.ownAdd),
      reviewedPatchMs: median(times.reviewedPatch),
      allocatedPatchMs: median(times.allocatedPatch),
      plugMaxMs: Math.max(...times.plug),
      bareMaxMs: Math.max(...bare),
    }),
  };
}

/** Asks each replica, by way of the API server. */
async function scrapeWebhooks(stack: LabStack): Promise<string> {
  const names = await stack.kubectl("get", "pods", "-n", namespace, "-l", label, "-o", "name");
  const paths = names
    .trim()
    .split("\n")
    .map((name) => `/api/v1/namespaces/${namespace}/${name.replace("pod/", "pods/")}`);
  return (await Promise.all(paths.map((path) => stack.kubectl("get", "--raw", `${path}:9440/proxy/metrics`)))).join("");
}

async function orderFor(stack: LabStack): Promise<PlugOrder> {
  const pods = ["plugged", "still", "peer", "plain"].map((name) => stack.pod(name));
  const [plugged, still, peer, plain] = await Promise.all(pods);
  const [own] = await stack.result("peer");
  if (plugged === undefined || still === undefined || peer === undefined || plain === undefined)
    throw new Error("a pod is gone");
  const withSelections = ({ metadata }: typeof plugged) => ({
    name: metadata.name,
    uid: metadata.uid,
    selections: JSON.parse(metadata.annotations?.[networksKey] ?? "[]") as readonly object[],
  });
  return {
    plugged: withSelections(plugged),
    still: withSelections(still),
    selection,
    foreign,
    peer: { uid: peer.metadata.uid, address: own?.ip_address[0]?.split("/")[0] ?? "" },
    plain: { name: "plain", uid: plain.metadata.uid },
    rounds,
    kubeconfig: stack.lab.controlPlane.adminKubeconfig,
    multusSocket,
    criSocket: nodePaths.containerdSocket,
  };
}
