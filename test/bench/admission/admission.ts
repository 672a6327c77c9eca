// `npm run bench -- admission`: measures HTTPS reviews against the same TLS server with an entry that does nothing.
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import { bareTransactions, emptySwitch } from "../baseline/bare-transactions.ts";
import { benchReview } from "../load/bench-pod.ts";
import { PostLoad } from "../load/post-load.ts";
import type { PostResult } from "../load/post-load-order.ts";
import { cpuMs } from "../process-usage.ts";
import { type BenchReport, inTurn, median, rounded } from "../report.ts";
import { type Served, Serving } from "../load/serving.ts";
import { warmUp } from "../load/warm-up.ts";

const networks = ["blue", "green"] as const;
const interfaceCounts = [1, 2] as const;
const many = { connections: 128, warmUp: 128 * 4, total: 128 * 24 };
const one = { connections: 1, warmUp: 50, total: 300 };
const rounds = 5;

type Load = typeof many;
type Servers = Readonly<Record<"webhook" | "noop" | "bare" | "reserving" | "floor", Served>>;

/** An NB with a switch for each network. */
interface BenchNb {
  readonly endpoint: string;
  readonly socket: string;
  readonly switches: readonly string[];
}

/** The NB of the webhook, one to which nobody is connected for long, and that of the floor. */
type Nbs = Readonly<Record<"ours" | "bare" | "watched", BenchNb>>;

export async function benchAdmission(progress: Progress): Promise<BenchReport> {
  await using bench = await AdmissionBench.open();
  await progress.during("warming up", () => bench.warmUp());
  const throughput: number[] = [];
  const added: number[] = [];
  const figures: Record<string, number> = await progress.during("a webhook that only commits", () => bench.reserving());
  Object.assign(figures, await progress.during("a webhook that does only what it must", () => bench.floor()));
  for (const count of interfaceCounts) {
    const what = `${count} interface${count === 1 ? "" : "s"}`;
    const fast = await progress.during(`128 connections, ${what}`, () => bench.throughput(count));
    const slow = await progress.during(`1 connection, ${what}`, () => bench.addedLatency(count));
    throughput.push(fast.ratio);
    added.push(slow.ratio);
    for (const [key, value] of Object.entries({ ...fast.figures, ...slow.figures })) figures[`${key}${count}`] = value;
  }
  return {
    name: "admission",
    // Each ratio is the worse one of one and two interfaces.
    ratios: rounded({
      throughput128: Math.min(...throughput),
      addedMedianInTransactions: Math.max(...added),
    }),
    figures: rounded(figures),
  };
}

class AdmissionBench implements AsyncDisposable {
  readonly #serving: Serving;
  readonly #load: PostLoad;
  readonly #servers: Servers;
  readonly #nbs: Nbs;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { serving, load, servers, nbs }: { serving: Serving; load: PostLoad; servers: Servers; nbs: Nbs },
    owned: AsyncDisposableStack,
  ) {
    this.#serving = serving;
    this.#load = load;
    this.#servers = servers;
    this.#nbs = nbs;
    this.#owned = owned;
  }

  static async open(): Promise<AdmissionBench> {
    await using owned = new AsyncDisposableStack();
    const nbs = { ours: await startNb(owned), bare: await startNb(owned), watched: await startNb(owned) };
    const serving = owned.use(await Serving.open());
    const load = owned.use(new PostLoad());
    const servers = {
      webhook: await serving.webhook(nbs.ours.endpoint),
      noop: await serving.yardstick("noop"),
      bare: await serving.yardstick("bare"),
      reserving: await serving.yardstick("reserving", nbs.bare.socket, ...nbs.bare.switches),
      floor: await serving.yardstick("floor", nbs.watched.socket, ...nbs.watched.switches),
    };
    return new AdmissionBench({ serving, load, servers, nbs }, owned.move());
  }

  async warmUp(): Promise<void> {
    const { ours, bare, watched } = this.#nbs;
    for (const [which, { socket: nb, switches }] of [
      ["webhook", ours],
      ["noop", ours],
      ["reserving", bare],
      ["floor", watched],
    ] as const) {
      await warmUp(this.#servers[which], { load: this.#load, ca: this.#serving.ca, networks, nb, switches });
    }
  }

  /** Reviews a second of the webhook in relation to the no-op entry's, at 128 connections. */
  async throughput(interfaces: number, own: "webhook" | "floor" = "webhook") {
    const cpu: Record<"webhook" | "floor" | "noop", number[]> = { webhook: [], floor: [], noop: [] };
    const measure = async (which: keyof typeof cpu): Promise<number> => {
      const { pid } = this.#servers[which];
      const beforeMs = cpuMs(pid);
      const { perSecond } = await this.#post(which, interfaces, many);
      cpu[which].push(((cpuMs(pid) - beforeMs) * 1_000) / (many.warmUp + many.total));
      if (which !== "noop") await this.#empty(which);
      return perSecond;
    };
    const { ratio, ours, theirs } = await inTurn(
      rounds,
      () => measure(own),
      () => measure("noop"),
    );
    const bare = await this.#post("bare", interfaces, many);
    const figures = {
      reviewsPerSecond: ours,
      noopReviewsPerSecond: theirs,
      bareNodeReviewsPerSecond: bare.perSecond,
      cpuMicrosecondsPerReview: median(cpu[own]),
      noopCpuMicrosecondsPerReview: median(cpu.noop),
    };
    return { ratio, figures };
  }

  /**
   * The time that the webhook adds to the no-op entry's median, in transactions that insert the same ports on an idle
   * NB.
   */
  async addedLatency(interfaces: number, which: "webhook" | "floor" = "webhook") {
    const found = { median: [] as number[], noop: [] as number[], transaction: [] as number[], ratio: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const { medianMs } = await this.#post(which, interfaces, one);
      await this.#empty(which);
      const noop = (await this.#post("noop", interfaces, one)).medianMs;
      const { socket, switches } = this.#nbs.bare;
      const [uuid = ""] = switches;
      const transaction = median(await bareTransactions(socket, uuid, one.total, interfaces));
      await emptySwitch(socket, uuid);
      found.median.push(medianMs);
      found.noop.push(noop);
      found.transaction.push(transaction);
      found.ratio.push((medianMs - noop) / transaction);
    }
    const figures = {
      medianMs: median(found.median),
      noopMedianMs: median(found.noop),
      bareTransactionMs: median(found.transaction),
    };
    return { ratio: median(found.ratio), figures };
  }

  /**
   * Measures a webhook that commits two ports and signs, and neither reads a request nor watches NB. That is the best
   * possible.
   */
  async reserving() {
    const found = { perSecond: [] as number[], medianMs: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      found.perSecond.push((await this.#post("reserving", 2, many)).perSecond);
      found.medianMs.push((await this.#post("reserving", 2, one)).medianMs);
      await emptied(this.#nbs.bare);
    }
    return { reservingReviewsPerSecond2: median(found.perSecond), reservingMedianMs2: median(found.medianMs) };
  }

  /** Both ratios of a server that does what no allocation can leave out, with two interfaces. */
  async floor() {
    const rate = await this.throughput(2, "floor");
    const added = await this.addedLatency(2, "floor");
    return { floorOfThroughput128: rate.ratio, floorOfAddedMedianInTransactions: added.ratio };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  #post(which: keyof Servers, interfaces: number, load: Load): Promise<PostResult> {
    return this.#load.run({
      port: this.#servers[which].port,
      path: "/mutate/pods?timeout=10s",
      ca: this.#serving.ca,
      body: benchReview(networks.slice(0, interfaces)),
      status: 200,
      contains: which === "webhook" || which === "floor" ? '"allowed":true,"patchType"' : '"allowed":true',
      ...load,
    });
  }

  /** Empties the switches before a round. The webhook has read that, because its answer comes after it. */
  async #empty(which: "webhook" | "floor"): Promise<void> {
    await emptied(this.#nbs[which === "webhook" ? "ours" : "watched"]);
    await this.#post(which, 1, { connections: 1, warmUp: 0, total: 1 });
  }
}

async function startNb(owned: AsyncDisposableStack): Promise<BenchNb> {
  const { endpoint } = owned.use(await startOvsdbServer());
  const socket = endpoint.slice("unix:".length);
  const switches: string[] = [];
  for (const name of networks) switches.push(await makeSwitch(socket, name, 0));
  return { endpoint, socket, switches };
}

async function emptied({ socket, switches }: BenchNb): Promise<void> {
  for (const uuid of switches) await emptySwitch(socket, uuid);
}
