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
type Servers = Readonly<Record<"webhook" | "noop" | "bare" | "reserving", Served>>;

export async function benchAdmission(progress: Progress): Promise<BenchReport> {
  await using bench = await AdmissionBench.open();
  await progress.during("warming up", () => bench.warmUp());
  const throughput: number[] = [];
  const added: number[] = [];
  const figures: Record<string, number> = await progress.during("a webhook that only commits", () => bench.reserving());
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
  /** The socket of the NB that the webhook uses, and of an NB to which nobody else is connected. */
  readonly #nb: string;
  readonly #bareNb: string;
  readonly #switches: readonly string[];
  readonly #bareSwitches: readonly string[];
  readonly #owned: AsyncDisposableStack;

  private constructor(
    parts: { serving: Serving; load: PostLoad; servers: Servers; nb: string; bareNb: string },
    switches: readonly string[],
    bareSwitches: readonly string[],
    owned: AsyncDisposableStack,
  ) {
    this.#serving = parts.serving;
    this.#load = parts.load;
    this.#servers = parts.servers;
    this.#nb = parts.nb;
    this.#bareNb = parts.bareNb;
    this.#switches = switches;
    this.#bareSwitches = bareSwitches;
    this.#owned = owned;
  }

  static async open(): Promise<AdmissionBench> {
    await using owned = new AsyncDisposableStack();
    const server = owned.use(await startOvsdbServer());
    const bareServer = owned.use(await startOvsdbServer());
    const nb = server.endpoint.slice("unix:".length);
    const bareNb = bareServer.endpoint.slice("unix:".length);
    const switches: string[] = [];
    const bareSwitches: string[] = [];
    for (const name of networks) switches.push(await makeSwitch(nb, name, 0));
    for (const name of networks) bareSwitches.push(await makeSwitch(bareNb, name, 0));
    const serving = owned.use(await Serving.open());
    const load = owned.use(new PostLoad());
    const servers = {
      webhook: await serving.webhook(server.endpoint),
      noop: await serving.yardstick("noop"),
      bare: await serving.yardstick("bare"),
      reserving: await serving.yardstick("reserving", bareNb, ...bareSwitches),
    };
    return new AdmissionBench({ serving, load, servers, nb, bareNb }, switches, bareSwitches, owned.move());
  }

  async warmUp(): Promise<void> {
    const parts = { load: this.#load, ca: this.#serving.ca, networks };
    const ours = { ...parts, nb: this.#nb, switches: this.#switches };
    for (const which of ["webhook", "noop"] as const) await warmUp(this.#servers[which], ours);
    await warmUp(this.#servers.reserving, { ...parts, nb: this.#bareNb, switches: this.#bareSwitches });
  }

  /** Reviews a second of the webhook in relation to the no-op entry's, at 128 connections. */
  async throughput(interfaces: number) {
    const cpu = { webhook: [] as number[], noop: [] as number[] };
    const measure = async (which: "webhook" | "noop"): Promise<number> => {
      const { pid } = this.#servers[which];
      const beforeMs = cpuMs(pid);
      const { perSecond } = await this.#post(which, interfaces, many);
      cpu[which].push(((cpuMs(pid) - beforeMs) * 1_000) / (many.warmUp + many.total));
      if (which === "webhook") await this.#empty();
      return perSecond;
    };
    const { ratio, ours, theirs } = await inTurn(
      rounds,
      () => measure("webhook"),
      () => measure("noop"),
    );
    const bare = await this.#post("bare", interfaces, many);
    const figures = {
      reviewsPerSecond: ours,
      noopReviewsPerSecond: theirs,
      bareNodeReviewsPerSecond: bare.perSecond,
      cpuMicrosecondsPerReview: median(cpu.webhook),
      noopCpuMicrosecondsPerReview: median(cpu.noop),
    };
    return { ratio, figures };
  }

  /**
   * The time that the webhook adds to the no-op entry's median, in transactions that insert the same ports on an idle
   * NB.
   */
  async addedLatency(interfaces: number) {
    const found = { webhook: [] as number[], noop: [] as number[], transaction: [] as number[], ratio: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const webhook = (await this.#post("webhook", interfaces, one)).medianMs;
      await this.#empty();
      const noop = (await this.#post("noop", interfaces, one)).medianMs;
      const [uuid = ""] = this.#bareSwitches;
      const transaction = median(await bareTransactions(this.#bareNb, uuid, one.total, interfaces));
      await emptySwitch(this.#bareNb, uuid);
      found.webhook.push(webhook);
      found.noop.push(noop);
      found.transaction.push(transaction);
      found.ratio.push((webhook - noop) / transaction);
    }
    const figures = {
      medianMs: median(found.webhook),
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
      for (const uuid of this.#bareSwitches) await emptySwitch(this.#bareNb, uuid);
    }
    return { reservingReviewsPerSecond2: median(found.perSecond), reservingMedianMs2: median(found.medianMs) };
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
      contains: which === "webhook" ? '"allowed":true,"patchType"' : '"allowed":true',
      ...load,
    });
  }

  /** Empties the switches before a round. The webhook has read that, because its answer comes after it. */
  async #empty(): Promise<void> {
    for (const uuid of this.#switches) await emptySwitch(this.#nb, uuid);
    await this.#post("webhook", 1, { connections: 1, warmUp: 0, total: 1 });
  }
}
