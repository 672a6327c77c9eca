import { join } from "node:path";
import { mustRun } from "#tools/process/command.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { root } from "#tools/source-files.ts";
import { type TestPod, WiredNodes } from "./wired-nodes.ts";

export const mbit = 1e6;

const limits = { net1: 10 * mbit, net2: 200 * mbit, net3: 10 * mbit } as const;
type LimitedInterface = keyof typeof limits;

/** Two pods on one node of which `limited` has limits on its interfaces, the same in both directions, and `peer` has none. */
export class LimitedPods {
  readonly nodes: WiredNodes;
  readonly limited: TestPod;
  readonly peer: TestPod;
  readonly #traffic: string;
  readonly #added: ReadonlyMap<TestPod, object>;

  private constructor(
    parts: Pick<LimitedPods, "nodes" | "limited" | "peer">,
    traffic: string,
    added: ReadonlyMap<TestPod, object>,
  ) {
    this.nodes = parts.nodes;
    this.limited = parts.limited;
    this.peer = parts.peer;
    this.#traffic = traffic;
    this.#added = added;
  }

  static async start(folder: string): Promise<LimitedPods> {
    const traffic = join(folder, "traffic");
    const source = join(root, "test/stacks/cni/traffic.c");
    await mustRun("cc", ["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Werror", "-O2", "-o", traffic, source]);
    const nodes = await WiredNodes.start(folder);
    const admit = (name: string, host: number, isLimited: boolean) =>
      nodes.admit(
        name,
        0,
        Object.entries(limits).map(([net, rate], index) => ({
          interface: net,
          network: `of-${net}`,
          ip_address: [`10.${(index + 1).toString()}.0.${host.toString()}/24`],
          ...(isLimited ? { bandwidth: { ingress: { rate }, egress: { rate } } } : {}),
        })),
      );
    const pods = { limited: await admit("limited", 7, true), peer: await admit("peer", 8, false) };
    const added = new Map<TestPod, object>();
    for (const pod of Object.values(pods)) {
      await nodes.node(0).addNetns(pod.name);
      const { code, stdout } = await nodes.call(0, callFor("ADD", pod));
      if (code !== 0) throw new Error(stdout);
      added.set(pod, JSON.parse(stdout) as object);
    }
    return new LimitedPods({ nodes, ...pods }, traffic, added);
  }

  call(command: "CHECK" | "DEL", pod: TestPod) {
    return this.nodes.call(0, { ...callFor(command, pod), config: { prevResult: this.#added.get(pod) } });
  }

  /** Writes the annotation that changes the limits of `limited`. */
  async change(limits: object): Promise<void> {
    const annotations = { [annotationKeys.bandwidth.key]: JSON.stringify(limits) };
    await this.nodes.store(this.limited, 0, this.limited, annotations);
  }

  limitOf(net: LimitedInterface): number {
    return limits[net];
  }

  /** Resolves with the bits of a second that arrive at `to`. UDP is sent at `offered` bits per second, TCP as fast as it goes. */
  async measure(
    kind: "tcp" | "udp",
    [from, to]: readonly [TestPod, TestPod],
    net: LimitedInterface,
    offered = 1.5 * limits[net],
  ): Promise<number> {
    const address = to.interfaces.find((one) => one.interface === net)?.ip_address[0]?.split("/")[0] ?? "";
    // Several measurements may run at once, each on an interface of its own.
    const port = `70${kind === "tcp" ? "1" : "2"}${net.slice(-1)}`;
    const inPod = (pod: TestPod, ...words: readonly string[]) =>
      this.nodes.node(0).inPod(pod.name, this.#traffic, ...words);
    const [{ stdout }] = await Promise.all([
      inPod(to, "receive", kind, port, net),
      inPod(from, "send", kind, address, port, (offered / mbit).toString()),
    ]);
    return Number(stdout);
  }

  stop(): Promise<void> {
    return this.nodes.stop();
  }
}

function callFor(command: "ADD" | "CHECK" | "DEL", pod: TestPod) {
  return { command, pod, containerId: `c${pod.name}`, netns: `/run/netns/${pod.name}` };
}
