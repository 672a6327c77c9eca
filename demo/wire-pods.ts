import { randomUUID } from "node:crypto";
import { parseResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import type { AgentHost } from "#lab/agent/agent-host.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { ensurePrograms, wiringPrograms } from "#tools/programs/packages.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { describeResult } from "./admit-samples.ts";
import { podWith } from "./refuse-mistakes.ts";
import { networkScript, runNetworkScript, sampleFiles, sampleName } from "./samples.ts";
import type { DemoStep, Stage } from "./stage.ts";
import { callShim, type SandboxedPod, startTwoMachines, type TwoMachines, whyNotWired } from "./two-machines.ts";

const wanted: readonly JsonObject[] = [
  { name: "blue", routes: [{ dst: "203.0.113.0/24" }] },
  { name: "green", defaultGateway: true },
];
const goneMs = 60_000;

/** Wires two admitted pods on two machines, pings through the tunnel, and removes everything again. */
export const wirePods: DemoStep = {
  title:
    "two pods on two machines with Open vSwitch and OVN: the CNI plugin wires them, and everything is removed again",
  async run(stage) {
    const why = whyNotWired();
    if (why !== false) {
      stage.show(`left out: ${why}`);
      return;
    }
    await ensurePrograms(wiringPrograms);
    await using owned = new AsyncDisposableStack();
    const machines = await startTwoMachines(owned);
    await runNetworkScript(sampleNetworks(), machines.fabric.central.nb);
    const pods: SandboxedPod[] = [];
    for (const [index, node] of machines.nodes.entries()) {
      pods.push(await startPod(`wired-${index + 1}`, node, machines, stage));
      stage.wired += 1;
    }
    await pingEachOther(pods, stage);
    await showRoutes(pods, stage);
    await endPods(pods, machines, stage);
  },
};

function sampleNetworks(): string {
  const path = sampleFiles.find((file) => sampleName(file) === "routes");
  return networkScript(path ?? "");
}

/** Admits the pod, stores it on the node, makes its sandbox, and calls the plugin. */
async function startPod(name: string, node: AgentHost, machines: TwoMachines, stage: Stage): Promise<SandboxedPod> {
  const answer = await machines.reviewer.create(podWith(name, wanted));
  if (!answer.allowed) throw new AppError("CommandFailed", `${name} was refused: ${answer.message}`);
  const { metadata } = answer.pod;
  const pod = {
    ...answer.pod,
    metadata: { ...metadata, namespace: "default", uid: randomUUID() },
    spec: { nodeName: node.host.plan.name },
  };
  machines.api.put(pod);
  await node.addNetns(name);
  const sandboxed = { pod, node };
  succeeded(await callShim("ADD", sandboxed), `ADD of ${name}`);
  stage.show(`${name} on ${pod.spec.nodeName}:`);
  for (const line of describeResult(answer.pod)) stage.show(`    ${line}`);
  return sandboxed;
}

/** Addresses of a pod without prefix length. */
export function addressesOf({ pod }: SandboxedPod): readonly string[] {
  const results = parseResult(pod.metadata.annotations?.["k8s.plugin.opnfv.org/ovnInterfaces"] ?? "");
  return results.flatMap(({ ip_address }) => ip_address.map((address) => address.split("/")[0] ?? ""));
}

async function pingEachOther(pods: readonly SandboxedPod[], stage: Stage): Promise<void> {
  for (const from of pods) {
    for (const to of pods.filter((one) => one !== from)) {
      for (const address of addressesOf(to)) {
        const { name } = from.pod.metadata;
        const answer = await from.node.reach(name, address);
        stage.show(`${name} pings ${address}: ${/time=(.*)/.exec(answer)?.[1] ?? "answered"}`);
      }
    }
  }
  stage.ping = "ok";
}

async function showRoutes([first]: readonly SandboxedPod[], stage: Stage): Promise<void> {
  if (first === undefined) return;
  const { name } = first.pod.metadata;
  stage.show(`routes of ${name}:`);
  const { stdout } = await first.node.inPod(name, "ip", "route", "show");
  for (const line of stdout.trimEnd().split("\n")) stage.show(`    ${line.trim()}`);
}

/** Ends the pods as a kubelet does, and checks that nothing is left on the machines and in the database. */
async function endPods(pods: readonly SandboxedPod[], machines: TwoMachines, stage: Stage): Promise<void> {
  for (const sandboxed of pods) {
    const { namespace, name } = sandboxed.pod.metadata;
    succeeded(await callShim("DEL", sandboxed), `DEL of ${name}`);
    await sandboxed.node.removeNetns(name);
    machines.api.end(namespace, name);
  }
  const limit = AbortSignal.timeout(goneMs);
  for (const { pod } of pods) await machines.api.whenGone(pod.metadata.namespace, pod.metadata.name, limit);
  const onMachines = await Promise.all(machines.nodes.flatMap((node) => [node.ports(), node.pairs()]));
  const { ports } = await readNb([machines.fabric.central.nb]);
  const owned = ports.filter(({ externalIds }) => externalIds.has("k8s.plugin.opnfv.org/allocation"));
  const left = [...onMachines.flat(), ...owned.map(({ name }) => name)];
  if (left.length > 0) throw new AppError("CommandFailed", `left behind: ${left.join(", ")}`);
  stage.show("deleted: no port and no pair is left on the machines, no address in the database, no finalizer on a pod");
}

function succeeded({ code, stdout, stderr }: CommandResult, what: string): void {
  if (code !== 0) throw new AppError("CommandFailed", `${what} failed: ${stdout}${stderr}`);
}
