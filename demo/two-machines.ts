// Two made-up machines with OVN on them, and every process of ours: webhook, controller, and an agent on each machine.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileProgram } from "#cni/compile.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { AgentHost } from "#lab/agent/agent-host.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { printPlainKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { whyProgramsAreMissing, wiringPrograms } from "#tools/programs/packages.ts";
import { PodApiServer, type StoredPod } from "#lab/agent/pod-api.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { Reviewer } from "./reviewer.ts";
import { startWebhook } from "./start-webhook.ts";

const program = join(import.meta.dirname, "../src/main.ts");

/** The reason why pods cannot be wired on this machine, or false. */
export function whyNotWired(): string | false {
  if (process.getuid?.() !== 0) return "network namespaces and Open vSwitch need root";
  return whyProgramsAreMissing(wiringPrograms);
}

/** The programs of a node. By default all parts are those of this tree. */
export interface NodePrograms {
  /** The file that Node runs as the agent. */
  readonly agent: string;
  /** A folder with the compiled shim and `ovn4nfv-netlink`. */
  readonly folder: string;
}

export interface MachinesOptions {
  /** The file that Node runs as webhook and controller. */
  readonly control?: string;
  /** The programs of each machine. */
  readonly nodes?: readonly NodePrograms[];
}

export interface TwoMachines {
  readonly fabric: OvnFabric;
  /** Stands in for kube-apiserver. */
  readonly api: PodApiServer;
  readonly reviewer: Reviewer;
  readonly nodes: readonly AgentHost[];
}

/** Starts everything. It ends with `owned`. */
export async function startTwoMachines(
  owned: AsyncDisposableStack,
  { control = program, nodes: programs = [] }: MachinesOptions = {},
): Promise<TwoMachines> {
  const folder = owned.use(createTemporaryFolder("machines")).path;
  const podApi = join(folder, "pods.sock");
  const api = owned.use(new PodApiServer());
  await api.listen(podApi);
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, printPlainKubeconfig(`http://127.0.0.1:${await api.listenOnPort()}`));
  mkdirSync(join(folder, "fabric"));
  const [fabric] = await Promise.all([
    OvnFabric.start(join(folder, "fabric")),
    compileProgram("ovn4nfv-cni", folder),
    compileProgram("ovn4nfv-netlink", folder),
  ]);
  owned.use(fabric);
  const { nb } = fabric.central;
  const reviewer = await startWebhook(nb, owned, { folder, kubeconfig, program: control });
  const keyFile = join(folder, "token.pem");
  const [nodes] = await Promise.all([
    Promise.all(
      fabric.hosts.map(async (host, n) => {
        const { agent = program, folder: own = folder } = programs[n] ?? {};
        const node = await AgentHost.start({ host, podApi, publicKey: keyFile, programs: own, program: [agent] });
        owned.defer(() => node.stop());
        return node;
      }),
    ),
    startController(owned, folder, control, [
      "--nb",
      nb,
      "--kubeconfig",
      kubeconfig,
      "--token-public-key-files",
      keyFile,
    ]),
  ]);
  return { fabric, api, reviewer, nodes };
}

async function startController(
  owned: AsyncDisposableStack,
  folder: string,
  file: string,
  flags: readonly string[],
): Promise<void> {
  const controller = new ManagedProcess({
    name: "controller",
    command: process.execPath,
    args: [file, "controller", "--operations-listen", "127.0.0.1:0", ...flags],
    logFile: join(folder, "controller.log"),
    ready: untilLine(/"became the leader"/),
    stopTimeoutMs: 20_000,
  });
  owned.defer(() => controller.stop());
  await controller.start();
}

/** A pod as it is stored and scheduled, with the network namespace that its sandbox has. */
export interface SandboxedPod {
  readonly pod: KubeObject & StoredPod;
  readonly node: AgentHost;
}

/** Calls the shim for a pod as a container runtime does. */
export function callShim(command: "ADD" | "DEL", { pod, node }: SandboxedPod): Promise<CommandResult> {
  const { namespace, name, uid } = pod.metadata;
  const environment = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: `sandbox-of-${name}`,
    CNI_IFNAME: "net1",
    CNI_PATH: "/opt/cni/bin",
    CNI_NETNS: `/run/netns/${name}`,
    CNI_ARGS: `IgnoreUnknown=true;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name};K8S_POD_UID=${uid}`,
  };
  return node.callShim(environment, { cniVersion: "1.1.0", name: "ovn4nfv", type: "ovn4nfv-cni" });
}
