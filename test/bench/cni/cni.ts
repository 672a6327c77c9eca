// `npm run bench -- cni`: wires pods through shim and agent on a real chassis, and by the bare sequence on the same chassis.
import { hrtime } from "node:process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { baseConfig, cniArgs, type TestPod, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { bundleFile, programFlags } from "#tools/build/bundle.ts";
import { root } from "#tools/source-files.ts";
import { CniDriver, type DriverRun } from "./cni-driver.ts";
import { cpuMs, memoryMiB } from "../process-usage.ts";
import { type BenchReport, inTurn, median, rounded } from "../report.ts";

const rounds = 41;
const shimRounds = 5;
const shimCalls = 400;
const portsForMemory = 200;
const burstSize = 100;
const burstRounds = 3;
const startRounds = 5;
const firstAddWithinMs = 60_000;
const idleSeconds = 30;
const namesOfThree = ["net1", "net2", "net3"] as const;

export async function benchCni(progress: Progress): Promise<BenchReport> {
  await using bench = await progress.during("starting two chassis with agents", () => CniBench.open());
  const shim = await progress.during(`${shimCalls} calls of the shim`, () => bench.shim());
  const empty = await progress.during("calls that reach no agent", () => bench.emptyCalls());
  const one = await progress.during("pods with one interface", () => bench.wire(1));
  const three = await progress.during("pods with three interfaces", () => bench.wire(3));
  const burst = await progress.during(`${burstSize} pods at once`, () => bench.burst());
  const startSeconds = await progress.during("starting the agent anew", () => bench.startToFirstAdd());
  const agent = await progress.during(`${portsForMemory} ports, and ${idleSeconds} s of rest`, () => bench.footprint());
  return {
    name: "cni",
    ratios: rounded({
      add1: one.add.ratio,
      add3: three.add.ratio,
      del3: three.del.ratio,
      shim: shim.ratio,
      addBurst100: burst.ratio,
      startToFirstAddSeconds: startSeconds,
      agentRssMiB200Ports: agent.rssMiB,
      agentAnonMiB200Ports: agent.anonMiB,
      agentIdleCpuPercent: agent.idleCpuPercent,
    }),
    figures: rounded({
      add1Ms: one.add.ours,
      bareAdd1Ms: one.add.theirs,
      linksOnly1Ms: one.floorMs,
      add3Ms: three.add.ours,
      bareAdd3Ms: three.add.theirs,
      linksOnly3Ms: three.floorMs,
      del3Ms: three.del.ours,
      bareDel3Ms: three.del.theirs,
      shimMs: shim.ours,
      addBurst100Ms: burst.ours,
      bareAddBurst100Ms: burst.theirs,
      trueMs: shim.theirs,
      emptyCallMs: empty.oneMs,
      emptyBurst100Ms: empty.burstMs,
    }),
  };
}

class CniBench implements AsyncDisposable {
  readonly #nodes: WiredNodes;
  readonly #driver: CniDriver;
  readonly #owned: AsyncDisposableStack;
  #calls = 0;
  #pods = 0;

  private constructor(nodes: WiredNodes, driver: CniDriver, owned: AsyncDisposableStack) {
    this.#nodes = nodes;
    this.#driver = driver;
    this.#owned = owned;
  }

  static async open(): Promise<CniBench> {
    await using owned = new AsyncDisposableStack();
    const { path } = owned.use(createTemporaryFolder("bench"));
    const folder = join(path, "nodes");
    mkdirSync(folder);
    const program = [...programFlags("agent"), join(root, bundleFile)];
    const nodes = await WiredNodes.start(folder, [], { program });
    owned.defer(() => nodes.stop());
    const driver = owned.use(new CniDriver(nodes.node(0).host.machine, join(folder, "ovn4nfv-netlink")));
    return new CniBench(nodes, driver, owned.move());
  }

  /**
   * Measures ADD and DEL of one pod, ours and bare in turn, each time on a chassis that has finished the work before. The
   * floor is what the kernel's part of ADD takes alone, without Open vSwitch and without an agent.
   */
  async wire(count: number) {
    const netns = await this.#nodes.node(0).addNetns(`pod${count}`);
    const ours = await this.#admit(`ours${count}`, count);
    const ports = barePorts(await this.#admit(`bare${count}`, count), "bare");
    const deletions = { ours: [] as number[], theirs: [] as number[] };
    const add = await inTurn(
      rounds,
      async () => {
        const containerId = this.#nextId();
        const ms = await this.#shim("ADD", ours, containerId, netns);
        await this.#settle();
        deletions.ours.push(await this.#shim("DEL", ours, containerId, netns));
        await this.#settle();
        return ms;
      },
      async () => {
        const ms = await this.#driver.run({ do: "add", netns, ports });
        await this.#settle();
        deletions.theirs.push(await this.#driver.run({ do: "del", hosts: ports.map(({ host }) => host) }));
        await this.#settle();
        return ms;
      },
    );
    const ratio = median(deletions.ours.map((ms, n) => ms / (deletions.theirs[n] ?? Number.NaN)));
    const floorMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      floorMs.push(await this.#driver.run({ do: "links", netns, ports }));
      await this.#driver.run({ do: "unlink", hosts: ports.map(({ host }) => host) });
    }
    const del = { ratio, ours: median(deletions.ours), theirs: median(deletions.theirs) };
    return { add, del, floorMs: median(floorMs) };
  }

  /**
   * Measures the shim from exec to exit, which answers VERSION by itself, and a program that does nothing, in a loop of
   * a shell.
   */
  shim() {
    const loop = async (program: string): Promise<number> => {
      const script = `for n in $(seq ${shimCalls}); do "${program}" < /dev/null > /dev/null; done`;
      const env = { PATH: process.env["PATH"] ?? "", CNI_COMMAND: "VERSION" };
      return (await this.#driver.run({ do: "run", command: ["sh", "-c", script], env, input: "" })) / shimCalls;
    };
    return inTurn(
      shimRounds,
      () => loop(this.#nodes.shim),
      () => loop("/bin/true"),
    );
  }

  /**
   * Measures what a runtime pays for calls whatever they do: it starts the shim, which answers VERSION by itself, once and many times at
   * once. The bare sequence starts nothing.
   */
  async emptyCalls() {
    const run = { command: [this.#nodes.shim], env: { CNI_COMMAND: "VERSION" }, input: JSON.stringify(baseConfig) };
    const [one, burst] = [[] as number[], [] as number[]];
    for (let round = 0; round < rounds; round += 1) one.push(await this.#driver.run({ do: "run", ...run }));
    const runs = Array.from({ length: burstSize }, () => run);
    for (let round = 0; round < burstRounds; round += 1) burst.push(await this.#driver.run({ do: "run-all", runs }));
    return { oneMs: median(one), burstMs: median(burst) };
  }

  /** Measures many pods of one interface that come at once, until the last is wired: ours and bare in turn. */
  async burst() {
    const pods: { readonly netns: string; readonly ours: TestPod; readonly ports: ReturnType<typeof barePorts> }[] = [];
    for (let n = 0; n < burstSize; n += 1) {
      const netns = await this.#nodes.node(0).addNetns(`burst${n}`);
      const ours = await this.#admit(`burst${n}`, 1);
      pods.push({ netns, ours, ports: barePorts(await this.#admit(`bareburst${n}`, 1), `burst${n}-`) });
    }
    const all = (command: "ADD" | "DEL", ids: readonly string[]): Promise<number> => {
      const runs = pods.map(({ netns, ours }, n) => this.#shimRun(command, ours, ids[n] ?? "", netns));
      return this.#driver.run({ do: "run-all", runs });
    };
    return inTurn(
      burstRounds,
      async () => {
        const ids = pods.map(() => this.#nextId());
        const ms = await all("ADD", ids);
        await this.#settle();
        await all("DEL", ids);
        await this.#settle();
        return ms;
      },
      async () => {
        const ms = await this.#driver.run({ do: "add-all", pods: pods.map(({ netns, ports }) => ({ netns, ports })) });
        await this.#settle();
        await this.#driver.run({ do: "del", hosts: pods.flatMap(({ ports }) => ports.map(({ host }) => host)) });
        await this.#settle();
        return ms;
      },
    );
  }

  /** The time from the start of the agent until a pod is wired. Like a runtime it tries again while no agent answers. */
  async startToFirstAdd(): Promise<number> {
    const { agent } = this.#nodes.node(0);
    const netns = await this.#nodes.node(0).addNetns("first");
    const pod = await this.#admit("first", 1);
    const seconds: number[] = [];
    for (let round = 0; round < startRounds; round += 1) {
      await agent.stop();
      const containerId = this.#nextId();
      const startMs = performance.now();
      const serving = agent.start();
      while (!(await this.#shim("ADD", pod, containerId, netns).then(isDone, isNotDone)))
        if (performance.now() - startMs > firstAddWithinMs)
          throw new Error("no pod is wired after the agent was started");
      seconds.push((performance.now() - startMs) / 1000);
      await serving;
      await this.#shim("DEL", pod, containerId, netns);
      await this.#settle();
    }
    return median(seconds);
  }

  /** Measures the memory of an agent that has wired that many ports, and its share of a processor when it is idle. */
  async footprint() {
    const { agent } = this.#nodes.node(0);
    for (let ports = 0, n = 0; ports < portsForMemory; ports += namesOfThree.length, n += 1) {
      const netns = await this.#nodes.node(0).addNetns(`many${n}`);
      const pod = await this.#admit(`many${n}`, namesOfThree.length);
      await this.#shim("ADD", pod, this.#nextId(), netns);
    }
    await this.#settle();
    const [startMs, usedMs] = [hrtime.bigint(), cpuMs(agent.pid)];
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
    const passedMs = Number(hrtime.bigint() - startMs) / 1e6;
    const { now: rssMiB, anonymous: anonMiB } = memoryMiB(agent.pid);
    return { rssMiB, anonMiB, idleCpuPercent: (100 * (cpuMs(agent.pid) - usedMs)) / passedMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  #admit(name: string, count: number): Promise<TestPod> {
    this.#pods += 1;
    const n = this.#pods;
    const wanted = namesOfThree.slice(0, count).map((one, index) => {
      const address = `10.${index + 1}.${n >>> 8}.${n & 255}/16`;
      return { interface: one, network: `blue${index}`, ip_address: [address] };
    });
    return this.#nodes.admit(name, 0, wanted);
  }

  #nextId(): string {
    this.#calls += 1;
    return `bench${this.#calls}`;
  }

  #shim(command: "ADD" | "DEL", pod: TestPod, containerId: string, netns: string): Promise<number> {
    return this.#driver.run({ do: "run", ...this.#shimRun(command, pod, containerId, netns) });
  }

  #shimRun(command: "ADD" | "DEL", pod: TestPod, containerId: string, netns: string): DriverRun {
    const env = {
      PATH: process.env["PATH"] ?? "",
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      CNI_NETNS: netns,
      CNI_IFNAME: "net1",
      CNI_PATH: "/opt/cni/bin",
      CNI_ARGS: cniArgs(pod),
    };
    return { command: [this.#nodes.shim], env, input: JSON.stringify(baseConfig) };
  }

  /** Waits until both chassis have the state of NB and Open vSwitch. */
  async #settle(): Promise<void> {
    await this.#nodes.fabric.central.nbctl("--timeout=60", "--wait=hv", "sync");
  }
}

const isDone = (): boolean => true;
const isNotDone = (): boolean => false;

/** The ports of a pod as the bare sequence makes them. */
function barePorts({ interfaces, allocation }: TestPod, host: string) {
  return interfaces.map(({ interface: name, mac_address: mac, ip_address: addresses, port }, n) => ({
    host: `${host}${n}`,
    name,
    mac,
    addresses,
    ids: { "iface-id": port, "iface-id-ver": allocation, attached_mac: mac },
  }));
}
