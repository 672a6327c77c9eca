// The steps of `npm run demo`, in order. A further step is one more element of the list.
import type { Progress } from "#tools/process/progress.ts";
import { ensurePrograms, northboundPrograms } from "#tools/programs/packages.ts";
import { admitSamples } from "./admit-samples.ts";
import { burstOfPods } from "./burst-of-pods.ts";
import { compareWithNb } from "./compare-with-nb.ts";
import { refuseMistakes } from "./refuse-mistakes.ts";
import type { DemoStep, Stage } from "./stage.ts";
import { startNorthbound, startWebhook } from "./start-webhook.ts";
import { wirePods } from "./wire-pods.ts";

const steps: readonly DemoStep[] = [admitSamples, refuseMistakes, burstOfPods, compareWithNb, wirePods];

/** Runs all steps and returns the line that sums them up. `show` prints details of the line before. */
export async function runDemo(progress: Progress, show: (text: string) => void): Promise<string> {
  await ensurePrograms(northboundPrograms, progress);
  await using owned = new AsyncDisposableStack();
  progress.say("starting a Northbound database (ovsdb-server) in a temporary folder");
  const nb = await startNorthbound(owned);
  progress.say("starting `ovn4nfv webhook` over TLS, without Kubernetes: this demo takes the part of kube-apiserver");
  const reviewer = await startWebhook(nb, owned);
  const found = { addresses: 0, duplicates: 0 };
  const stage: Stage = { nb, reviewer, admitted: [], refused: 0, found, wired: 0, ping: "skipped", owned, show };
  for (const { title, run } of steps) {
    progress.say(title);
    await run(stage);
  }
  const { admitted, refused, wired, ping } = stage;
  const { addresses, duplicates } = stage.found;
  const allocation = `pods=${admitted.length} addresses=${addresses} duplicates=${duplicates} refused=${refused}`;
  return `demo: ok ${allocation} wired=${wired} ping=${ping}`;
}
