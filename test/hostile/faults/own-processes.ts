// Processes of the product that die or stand still. The kubelet starts them again.
import type { Component, HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { pick, seconds } from "../random.ts";

function killed(component: Component): Fault {
  return faultOf({
    name: `one ${component} is killed`,
    choose: async (lab, random) => pick(await running(lab, component), random),
    run: async (lab, pod) => {
      await lab.killContainer(pod);
      await untilReady(lab, component);
    },
    told: (lab) => lab.restartSays(component),
  });
}

function allKilled(component: Component): Fault {
  return {
    name: `every ${component} is killed at once`,
    run: async (lab) => {
      await Promise.all((await running(lab, component)).map((pod) => lab.killContainer(pod)));
      await untilReady(lab, component);
    },
    told: (lab) => lab.restartSays(component),
  };
}

/** A replica that stands still answers no probe. It goes on before the kubelet would kill it. */
const webhookStandsStill = faultOf({
  name: "one webhook stands still",
  choose: async (lab, random) => {
    const pod = pick(await running(lab, "webhook"), random);
    return { pod, pid: await lab.pidOf(pod), timeMs: seconds(16, 25, random) };
  },
  run: async (lab, { pid, timeMs }, signal) => {
    process.kill(pid, "SIGSTOP");
    await lab.wait(timeMs, signal);
    process.kill(pid, "SIGCONT");
    await untilReady(lab, "webhook");
  },
  told: async (lab, { pod }) =>
    (await lab.eventSays("Unhealthy", pod.metadata.name)) ?? (await lab.doctorSays(/^webhook (warning|failed)/)),
});

/** The pods of a component whose container runs now. */
async function running(lab: HostileLab, component: Component) {
  return (await lab.systemPods(component)).filter(({ status }) => {
    const [container] = (status.containerStatuses ?? []) as readonly {
      readonly state?: { readonly running?: object };
    }[];
    return container?.state?.running !== undefined;
  });
}

/** Waits until all processes of a component are Ready. The next fault shall not find them missing. */
export async function untilReady(lab: HostileLab, component: Component): Promise<void> {
  await lab.eventually(async () => {
    for (const { metadata, status } of await lab.systemPods(component)) {
      const all = (status.containerStatuses ?? []) as readonly { readonly ready?: boolean }[];
      if (!all.every(({ ready }) => ready === true)) throw new Error(`${metadata.name} is not Ready`);
    }
  }, 180_000);
}

export const ownProcesses: readonly Fault[] = [
  killed("webhook"),
  killed("controller"),
  killed("agent"),
  allKilled("webhook"),
  allKilled("controller"),
  webhookStandsStill,
];
