// The wall clock of one process steps, and steps back.
import type { Component } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { pick, seconds } from "../random.ts";
import { setClock } from "../process-clocks.ts";

function step(component: Component): Fault {
  return faultOf({
    name: `the clock of one ${component} steps`,
    choose: (_, random) => ({
      at: random(),
      ahead: pick([-86_400, -600, -40, 40, 600, 86_400], random),
      timeMs: seconds(30, 45, random),
    }),
    run: async (lab, { at, ahead, timeMs }, signal) => {
      // All replicas may be on one node; a clock of the other node would be nobody's.
      const pods = await lab.systemPods(component);
      const name = pods[Math.floor(at * pods.length)]?.spec.nodeName;
      const node = lab.nodes.find(({ plan }) => plan.name === name);
      if (node === undefined) throw new Error(`no node of the lab runs the ${component}`);
      setClock(node, component, ahead);
      await lab.wait(timeMs, signal);
      setClock(node, component, 0);
      await lab.wait(5_000, signal);
    },
    told: (lab) => lab.logSays(component, /clock/),
  });
}

export const clocks: readonly Fault[] = [step("webhook"), step("controller"), step("agent")];
