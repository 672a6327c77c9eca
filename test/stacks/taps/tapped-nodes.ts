// Two chassis with many ports on one switch, the part of an agent that makes mirrors on each, and an interface that looks.
import { join } from "node:path";
import type { NodeTap } from "#src/api/node/node-taps.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { mustRun } from "#tools/process/command.ts";
import { attachTapKeeper, type TappedNode } from "./attached-keeper.ts";
import { captureFrames, compileFrames, type FrameCapture } from "../frames/frame-capture.ts";

/** The packets of one exchange. */
export interface Exchange {
  readonly sent: number;
  readonly received: number;
  /** The number of copies that came to the sink. */
  readonly copies: number;
}

export const portsPerNode = 25;
export const sinkPort = "sink";
/** Both sides must have opened their sockets by then. */
const startAfterMs = 1_000;

export const sourceName = (node: number, index: number): string => `s${node}x${index}`;
const addressOf = (node: number, index: number): string => `10.60.${node}.${10 + index}`;
const macOf = (node: number, index: number): string => `0a:60:00:00:0${node}:${(10 + index).toString(16)}`;
const indexes = Array.from({ length: portsPerNode }, (_, index) => index);

export class TappedNodes implements AsyncDisposable {
  readonly fabric: OvnFabric;
  readonly nodes: TappedNode[];
  readonly #programs: { readonly exchange: string; readonly frames: string };
  #port = 9_000;

  private constructor(fabric: OvnFabric, programs: { readonly exchange: string; readonly frames: string }) {
    this.fabric = fabric;
    this.nodes = fabric.hosts.map(attachTapKeeper);
    this.#programs = programs;
  }

  static async start(folder: string): Promise<TappedNodes> {
    const frames = await compileFrames(folder);
    const exchange = join(folder, "exchange");
    const source = join(import.meta.dirname, "exchange.c");
    await mustRun("cc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-o", exchange, source]);
    const nodes = new TappedNodes(await OvnFabric.start(folder), { exchange, frames });
    await nodes.#addPorts();
    return nodes;
  }

  /** The tap of all ports of a node, as the controller asks for it. */
  tapOf(node: number, sink: NodeTap["sink"], more: Partial<NodeTap> = {}): NodeTap {
    const sources = indexes.map((index) => sourceName(node, index));
    return { uid: "tap-uid", name: "default/tap", direction: "both", sources, sink, ...more };
  }

  ask(...taps: readonly (readonly NodeTap[])[]): void {
    for (const [index, { keeper }] of this.nodes.entries()) keeper.nodeChanged(ovnNode(taps[index] ?? []));
  }

  /** Captures what comes to the sink's interface. */
  capture(): Promise<FrameCapture> {
    const [, second] = this.fabric.hosts;
    if (second === undefined) throw new Error("there is one chassis");
    return captureFrames(this.#programs.frames, second.machine, "hsink");
  }

  /** Lets each port of a node exchange packets with one of the other node. */
  async exchange(rounds: number, captured?: FrameCapture, port = (this.#port += 1)): Promise<Exchange> {
    const count = () => captured?.lines().filter((line) => line.endsWith(` ${port}`)).length ?? 0;
    const before = count();
    const start = (Date.now() + startAfterMs).toString();
    const reports = await Promise.all(
      this.fabric.hosts.map(async ({ machine }, node) => {
        const pairs = indexes.map((index) =>
          [`/run/netns/${sourceName(node, index)}`, addressOf(node, index), addressOf(1 - node, index)].join(","),
        );
        const words = [rounds.toString(), start, port.toString(), ...pairs];
        const [sent = 0, received = 0] = (await machine.must(this.#programs.exchange, words))
          .trim()
          .split(" ")
          .map(Number);
        return { sent, received };
      }),
    );
    const sum = (key: "sent" | "received") => reports.reduce((total, report) => total + report[key], 0);
    return { sent: sum("sent"), received: sum("received"), copies: count() - before };
  }

  /** Another agent process on a node, in place of the one that was there. */
  async restartAgent(node: number): Promise<void> {
    const old = this.nodes[node];
    if (old === undefined) throw new Error(`there is no node ${node}`);
    await old.detach();
    this.nodes[node] = attachTapKeeper(old.host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { detach } of this.nodes) await detach();
    await this.fabric.stop();
  }

  async #addPorts(): Promise<void> {
    const { central, hosts } = this.fabric;
    const ports = hosts.flatMap((_, node) =>
      indexes.flatMap((index) => {
        const name = sourceName(node, index);
        return [
          "--",
          "lsp-add",
          "blue",
          name,
          "--",
          "lsp-set-addresses",
          name,
          `${macOf(node, index)} ${addressOf(node, index)}`,
        ];
      }),
    );
    const sink = ["--", "lsp-add", "blue", sinkPort, "--", "lsp-set-addresses", sinkPort, "0a:60:00:00:09:09"];
    await central.nbctl("ls-add", "blue", ...ports, ...sink, "--", "lsp-set-enabled", sinkPort, "disabled");
    await Promise.all(hosts.map((host, node) => wire(host, node)));
    await central.nbctl("--timeout=60", "--wait=hv", "sync");
  }
}

function ovnNode(taps: readonly NodeTap[]) {
  return { metadata: { name: "n", uid: "u", resourceVersion: "1" }, spec: { taps } };
}

/** Makes a pair for each port as the agent does, and on the second node one for the sink. */
async function wire({ machine, chassis }: ChassisHost, node: number): Promise<void> {
  const pod = (name: string, more: string): string =>
    `ip netns add ${name} && ip link add h${name} type veth peer name e0 netns ${name} && ip link set h${name} up && ` +
    `ip -n ${name} link set e0 mtu 1400 up && ip netns exec ${name} ethtool -K e0 tx off >/dev/null && ${more}`;
  const script = indexes.map((index) => {
    const name = sourceName(node, index);
    return pod(
      name,
      `ip -n ${name} link set e0 address ${macOf(node, index)} && ip -n ${name} addr add ${addressOf(node, index)}/16 dev e0`,
    );
  });
  const names = indexes.map((index) => sourceName(node, index));
  if (node === 1) {
    script.push(pod(sinkPort, `ip -n ${sinkPort} addr add 10.60.9.9/16 dev e0`));
    names.push(sinkPort);
  }
  await machine.must("sh", ["-ec", script.join("\n")], { timeoutMs: 60_000 });
  await chassis.vsctl(
    ...names.flatMap((name) => {
      const ids = [`external_ids:iface-id=${name}`, "external_ids:k8s.plugin.opnfv.org/owner=ovn4nfv"];
      return ["--", "add-port", "br-int", `h${name}`, "--", "set", "Interface", `h${name}`, ...ids];
    }),
  );
}
