// The wall clock of one process steps, and steps back.
import type { Component, LogLine } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { pick, seconds } from "../random.ts";
import { setClock } from "../process-clocks.ts";

/** The clock may differ by so much from what the process says about its step, because the step takes effect at a look. */
const toleranceMs = 2_000;

function step(component: Component): Fault {
  return faultOf({
    name: `the clock of one ${component} steps`,
    choose: async (lab, random) => ({
      // All replicas may be on one node; a clock of the other node would be nobody's.
      pod: pick(await lab.systemPods(component), random),
      aheadSeconds: pick([-86_400, -600, -40, 40, 600, 86_400], random),
      timeMs: seconds(30, 45, random),
    }),
    run: async (lab, { pod, aheadSeconds, timeMs }, signal) => {
      const node = lab.nodeOf(pod);
      setClock(node, component, aheadSeconds);
      await lab.wait(timeMs, signal);
      setClock(node, component, 0);
      await lab.wait(5_000, signal);
    },
    told: async (lab, { pod: { metadata }, aheadSeconds }) => {
      const line = (await lab.logOf(metadata.name)).find((each) => tellsOfStep(each, aheadSeconds));
      return line && `log of ${metadata.name}: ${line.msg}`;
    },
  });
}

/** True for the line in which a process says that its wall clock was stepped this far. */
export function tellsOfStep({ msg, steppedMs }: LogLine, aheadSeconds: number): boolean {
  return msg === "the wall clock was stepped" && Math.abs(Number(steppedMs) - aheadSeconds * 1_000) < toleranceMs;
}

export const clocks: readonly Fault[] = [step("webhook"), step("controller"), step("agent")];
