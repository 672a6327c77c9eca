// `npm run bench -- apiserver`: creates pods through the real API server, with our webhook and with one that does nothing.
import { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { Progress } from "#tools/process/progress.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import { cannedToken } from "../baseline/canned-patch.ts";
import { emptySwitch } from "../baseline/bare-transactions.ts";
import { benchPod } from "../load/bench-pod.ts";
import { PostLoad } from "../load/post-load.ts";
import type { PostOrder } from "../load/post-load-order.ts";
import { type BenchReport, median, rounded } from "../report.ts";
import { type Served, Serving } from "../load/serving.ts";
import { warmUp } from "../load/warm-up.ts";
import { scrapePort, webhookTimes } from "./webhook-times.ts";

const networks = ["blue", "green"] as const;
const clients = { connections: 16, warmUp: 64, total: 16 * 30 };
const oneClient = { connections: 1, warmUp: 10, total: 100 };
const rounds = 5;
const registrationMs = 30_000;

/** The value of this label decides which webhook the API server calls for a pod. */
const label = "bench";
const says = {
  webhook: "k8s.plugin.opnfv.org/allocation-token",
  noop: "asked the no-op webhook",
  patching: cannedToken,
} as const;
type Which = keyof typeof says;
const kinds: readonly Which[] = ["webhook", "noop", "patching"];

export async function benchApiServer(progress: Progress): Promise<BenchReport> {
  const durable = await progress.during("etcd that syncs to the disk", () => beside(progress, true));
  const unsynced = await progress.during("etcd that does not sync", () => beside(progress, false));
  return {
    name: "apiserver",
    ratios: rounded({ ...durable.ratios, ...renamed(unsynced.ratios) }),
    figures: rounded({ ...durable.figures, ...renamed(unsynced.figures) }),
  };
}

/** The figures of the run in which etcd does not sync, under names of their own. */
function renamed(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${key}NoSync`, value]));
}

/** Measures beside a control plane of its own. `durable`: its etcd syncs to the disk, as NB does. */
async function beside(progress: Progress, durable: boolean): Promise<Pick<BenchReport, "ratios" | "figures">> {
  await using server = await startOvsdbServer();
  const nb = server.endpoint.slice("unix:".length);
  const switches: string[] = [];
  for (const name of networks) switches.push(await makeSwitch(nb, name, 0));
  await using serving = await Serving.open();
  await using plane = await progress.during("starting the control plane", () =>
    ControlPlane.start({ folder: serving.folder, durable }),
  );
  const webhook = await serving.webhook(server.endpoint, plane.adminKubeconfig);
  const served = { webhook, noop: await serving.yardstick("bare"), patching: await serving.yardstick("patching") };
  await using load = new PostLoad();
  for (const which of kinds) {
    await register(plane, serving.ca, which, served[which]);
    const warm = { load, ca: serving.ca, networks, nb, switches };
    await progress.during(`warming up the ${which} webhook`, () => warmUp(served[which], warm));
  }
  const order = await orders(plane);
  const run = async (which: Which, size: typeof clients) => {
    const result = await load.run({ ...order(which), ...size });
    if (which === "webhook") for (const uuid of switches) await emptySwitch(nb, uuid);
    return result;
  };
  const rates = perKind();
  await progress.during("16 clients", async () => {
    for (let round = 0; round < rounds; round += 1) {
      // Each round begins with another one, so that none always has the quietest moment.
      for (const which of rotated(round)) rates[which].push((await run(which, clients)).perSecond);
    }
  });
  const latencies = perKind();
  const inside = { reviewMeanMs: [] as number[], transactionMeanMs: [] as number[] };
  await progress.during("1 client", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const times = await webhookTimes(
        () => scrapePort(webhook.operationsPort),
        async () => {
          latencies.webhook.push((await run("webhook", oneClient)).medianMs);
        },
      );
      for (const key of ["reviewMeanMs", "transactionMeanMs"] as const) inside[key].push(times[key]);
      for (const which of ["noop", "patching"] as const) latencies[which].push((await run(which, oneClient)).medianMs);
    }
  });
  const [medianMs, noopMedianMs] = [median(latencies.webhook), median(latencies.noop)];
  const against = (which: Which): number =>
    median(rates.webhook.map((rate, round) => rate / (rates[which][round] ?? Number.NaN)));
  return {
    ratios: { podsPerSecond16: against("noop"), toCannedPatch: against("patching") },
    figures: {
      podsPerSecond: median(rates.webhook),
      noopPodsPerSecond: median(rates.noop),
      // No webhook that patches the pod can be faster.
      patchedPodsPerSecond: median(rates.patching),
      addedMedianMs: medianMs - noopMedianMs,
      medianMs,
      noopMedianMs,
      // The parts of it: the API server's time for a patch like ours, and the times that the webhook itself measures.
      addedByPatchMedianMs: median(latencies.patching) - noopMedianMs,
      reviewMeanMs: median(inside.reviewMeanMs),
      transactionMeanMs: median(inside.transactionMeanMs),
    },
  };
}

const perKind = (): Record<Which, number[]> => ({ webhook: [], noop: [], patching: [] });

function rotated(round: number): readonly Which[] {
  const first = round % kinds.length;
  return [...kinds.slice(first), ...kinds.slice(0, first)];
}

/** The orders for the load generator. It posts as an administrator, whom no limit of the API server slows down. */
async function orders(
  plane: ControlPlane,
): Promise<(which: Which) => Omit<PostOrder, "connections" | "warmUp" | "total">> {
  const admin = await plane.authority.issue({ commonName: "bench", organizations: ["system:masters"] });
  return (which) => ({
    port: Number(new URL(plane.server).port),
    path: "/api/v1/namespaces/default/pods",
    ca: plane.authority.certificate,
    client: { cert: admin.certificate, key: admin.key },
    body: podOf(which),
    status: 201,
    // The reply shows that every pod was allocated, and that none of the no-op's was.
    contains: which === "noop" ? '"kind":"Pod"' : says[which],
  });
}

const podOf = (which: Which): string => JSON.stringify(benchPod(networks, { [label]: which }));

interface Configuration {
  readonly webhooks: readonly object[];
}

/** Registers a webhook for the pods with its label, and waits until the API server calls it. */
async function register(plane: ControlPlane, ca: string, which: Which, { port }: Served): Promise<void> {
  const configuration = podWebhookConfiguration({ url: `https://127.0.0.1:${port}`, ca }) as Configuration;
  const objectSelector = { matchLabels: { [label]: which } };
  const webhooks = configuration.webhooks.map((webhook) => ({ ...webhook, objectSelector }));
  await plane.kubectl.apply([{ ...configuration, metadata: { name: `${label}-${which}` }, webhooks }]);
  const limit = AbortSignal.timeout(registrationMs);
  const args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
  for (;;) {
    const { stdout, stderr } = await plane.kubectl.run(args, { input: podOf(which) });
    if (`${stdout}${stderr}`.includes(says[which])) return;
    if (limit.aborted) throw new Error(`the API server does not ask the ${which} webhook: ${stderr}`);
  }
}
