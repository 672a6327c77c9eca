// Measures TCP between two nodes: our pods against ports that were wired by hand on the same chassis.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "#src/core/errors.ts";
import { labPod, type LabStack, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { mustRun } from "#tools/process/command.ts";
import { inNamespaces } from "#tools/process/namespaces.ts";
import { readNodeWiring } from "#lab/cluster/node-wiring.ts";
import { type RawPort, wireRawPorts } from "../baseline/raw-ports.ts";
import { LineReader } from "../line-reader.ts";
import { inTurn } from "../report.ts";

const endScript = fileURLToPath(new URL("tcp-end.ts", import.meta.url));
const port = 5_001;

const mebibytes = 64;
const rounds = 7;
const transferMs = 60_000;

/** An end of a connection: its network namespace as seen from here. */
type End = RawPort;

/** Returns MiB/s of both and their ratio, as medians of the rounds. */
export async function compareTcp(stack: LabStack, network: string) {
  const names = ["tcp-1", "tcp-2"];
  await stack.apply(...names.map((name, n) => labPod(name, { node: `n${n + 1}`, interfaces: [{ name: network }] })));
  await stack.ready(...names);
  const pods = await Promise.all(names.map(async (name) => podEnd(stack, await stack.pod(name))));
  const hosts = stack.lab.nodes.map(({ plan: { name }, machine, chassis }) => ({
    name,
    must: (command: string, args: readonly string[]) => machine.must(command, args),
    vsctl: (...args: readonly string[]) => chassis.vsctl(...args),
  }));
  const mtu = pods[0]?.mtu ?? Number.NaN;
  const raw = await wireRawPorts(hosts, (...args) => stack.lab.central.nbctl(...args), mtu);
  const byHand = raw.map(({ address, netns }, index): End => ({ address, netns: pathAt(stack, index, netns) }));
  await untilReached(byHand);
  return inTurn(
    rounds,
    () => rate(pods),
    () => rate(byHand),
  );
}

function pathAt(stack: LabStack, index: number, inside: string): string {
  const machine = stack.lab.nodes[index]?.machine;
  if (machine === undefined) throw new AppError("Internal", `there is no node ${index}`);
  return machine.pathOf(inside);
}

async function podEnd(stack: LabStack, pod: PodObject): Promise<End & { readonly mtu: number }> {
  const node = stack.nodeOf(pod);
  const [interfaceOfPod] = await stack.result(pod.metadata.name);
  const { ports, running } = await readNodeWiring(node);
  const port = ports.find(({ ids }) => ids.get("iface-id") === interfaceOfPod?.port);
  const pid = running.get(port?.ids.get("sandbox") ?? "");
  const link = (await stack.linksOf(pod)).find(({ ifname }) => ifname === interfaceOfPod?.interface);
  const address = interfaceOfPod?.ip_address[0]?.split("/")[0];
  if (pid === undefined || link === undefined || address === undefined)
    throw new AppError("Internal", `${pod.metadata.name} is not wired`);
  return { netns: `/proc/${pid}/ns/net`, address, mtu: link.mtu };
}

const inEnd = ({ netns }: End, ...args: readonly string[]) =>
  inNamespaces({ net: netns }, process.execPath, [endScript, ...args]);

/** Waits until the port is bound, which is some moments after it was added. */
async function untilReached([from, to]: readonly End[]): Promise<void> {
  if (from === undefined || to === undefined) return;
  const ping = `for n in $(busybox seq 30); do busybox ping -c1 -W1 ${to.address} && exit 0; done; exit 1`;
  await mustRun(...inNamespaces({ net: from.netns }, "busybox", ["sh", "-c", ping]), { timeoutMs: transferMs });
}

/** MiB/s of one transfer from the first end to the second, from the first byte to the last. */
async function rate([from, to]: readonly End[]): Promise<number> {
  if (from === undefined || to === undefined) throw new AppError("Internal", "a transfer has two ends");
  const receiver = spawn(...spawnable(inEnd(to, "receive", `${port}`)), { stdio: ["ignore", "pipe", "inherit"] });
  const lines = new LineReader(receiver.stdout);
  await lines.next();
  await mustRun(...inEnd(from, "send", to.address, `${port}`, `${mebibytes}`), { timeoutMs: transferMs });
  const { bytes, tookMs } = JSON.parse(await lines.next()) as { readonly bytes: number; readonly tookMs: number };
  if (bytes !== mebibytes * 2 ** 20) throw new AppError("CommandFailed", `${bytes} bytes arrived`);
  return (mebibytes * 1_000) / tookMs;
}

function spawnable([command, args]: readonly [string, readonly string[]]): [string, string[]] {
  return [command, [...args]];
}
