import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { runNetworkScript } from "./samples.ts";
import { podWith } from "./refuse-mistakes.ts";
import type { DemoStep } from "./stage.ts";

const podCount = 1_000;
/** The networks have room for every pod and little more, so that duplicates would show. */
const networks = { "burst-a": "10.64.0.0/22", "burst-b": "10.68.0.0/22" } as const;

/** Creates many pods at once, as a cluster does after an outage. */
export const burstOfPods: DemoStep = {
  title: `a burst of ${podCount.toLocaleString("en")} pods with two interfaces each`,
  async run(stage) {
    await runNetworkScript(Object.entries(networks).map(makeNetwork).join("\n"), stage.nb);
    const interfaces = Object.keys(networks).map((name) => ({ name }));
    const beganMs = systemClock.monotonicMs();
    await Promise.all(
      Array.from({ length: podCount }, async (_, number) => {
        const answer = await stage.reviewer.create(podWith(`burst-${number}`, interfaces));
        if (!answer.allowed) throw new AppError("CommandFailed", `burst-${number} was refused: ${answer.message}`);
        stage.admitted.push(answer.pod);
      }),
    );
    const seconds = (systemClock.monotonicMs() - beganMs) / 1_000;
    stage.show(`${podCount} pods in ${seconds.toFixed(1)} s, ${(podCount / seconds).toFixed(0)} pods/s`);
  },
};

function makeNetwork([name, subnet]: readonly [string, string]): string {
  const key = "external_ids:k8s.plugin.opnfv.org/allowed-namespaces";
  return `ovn-nbctl ls-add ${name} -- set logical_switch ${name} other_config:subnet=${subnet} ${key}=default`;
}
