// `npm run bench -- profile`: tells in which part of the webhook the time of a review goes, as V8 sees it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { programFlags } from "#tools/build/bundle.ts";
import type { Progress } from "#tools/process/progress.ts";
import { root } from "#tools/source-files.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import { emptySwitch } from "../baseline/bare-transactions.ts";
import { benchReview } from "../load/bench-pod.ts";
import { PostLoad } from "../load/post-load.ts";
import { Serving } from "../load/serving.ts";
import { warmUp } from "../load/warm-up.ts";
import { type BenchReport, rounded } from "../report.ts";
import { readProfile, timesByPart } from "./cpu-profile.ts";
import { drawFlameGraph } from "./flame-graph.ts";

const networks = ["blue", "green"] as const;
const rounds = 8;
const load = { connections: 128, warmUp: 0, total: 128 * 32 };

export async function benchProfile(progress: Progress): Promise<BenchReport> {
  await using server = await startOvsdbServer();
  const nb = server.endpoint.slice("unix:".length);
  const switches: string[] = [];
  for (const name of networks) switches.push(await makeSwitch(nb, name, 0));
  await using serving = await Serving.open();
  await using poster = new PostLoad();
  const profiles = join(serving.folder, "profiles");
  // The sources, in which V8 names the file of each function. The profile begins with the process, so it has its warming up, too.
  const program = ["--cpu-prof", `--cpu-prof-dir=${profiles}`, ...programFlags(), join(root, "src/main.ts")];
  const webhook = await serving.webhook(server.endpoint, "none", program);
  const warm = { load: poster, ca: serving.ca, networks, nb, switches };
  await progress.during("warming up", () => warmUp(webhook, warm));
  const target = { port: webhook.port, path: "/mutate/pods?timeout=10s", ca: serving.ca, body: benchReview(networks) };
  let reviews = 8 * 128 * 32;
  await progress.during("128 connections, 2 interfaces", async () => {
    for (let round = 0; round < rounds; round += 1) {
      await poster.run({ ...target, ...load, status: 200, contains: '"allowed":true' });
      reviews += load.total;
      for (const uuid of switches) await emptySwitch(nb, uuid);
    }
  });
  await webhook.stop();
  const [file = ""] = readdirSync(profiles);
  const found = readProfile(readFileSync(join(profiles, file), "utf8"));
  const times = timesByPart(found);
  const drawing = process.env["DRAWING"];
  // The samples before that are of the start and the warming up.
  if (drawing !== undefined)
    writeFileSync(drawing, drawFlameGraph("webhook: reviews with two interfaces", found, 0.4, root));
  const all = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const microseconds = [...times].map(([part, ms]) => [`${part}Us`, (ms * 1_000) / reviews] as const);
  const shares = [...times].map(([part, ms]) => [`${part}Percent`, (100 * ms) / all] as const);
  return { name: "profile", ratios: {}, figures: rounded(Object.fromEntries([...microseconds, ...shares])) };
}
