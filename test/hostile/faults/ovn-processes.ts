// Processes of OVN and Open vSwitch that die, end or stand still for a while.
import type { ManagedProcess } from "#tools/process/process.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import type { HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { pick, seconds, type Random } from "../random.ts";

type End = "kill" | "freeze";
const words: Readonly<Record<End, string>> = { kill: "is killed", freeze: "stands still" };

async function away(
  lab: HostileLab,
  process: ManagedProcess,
  how: End,
  timeMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (how === "freeze") process.freeze();
  else await process.kill();
  await lab.wait(timeMs, signal);
  if (how === "freeze") process.thaw();
  else await process.start();
}

function northd(how: End): Fault {
  return faultOf({
    name: `ovn-northd ${words[how]} for a while`,
    choose: (_, random) => seconds(20, 35, random),
    run: (lab, timeMs, signal) => away(lab, lab.stack.lab.central.northd, how, timeMs, signal),
    told: (lab) => lab.doctorSays(/^northd failed/),
  });
}

const anyNode = (lab: HostileLab, random: Random): LabNode => pick(lab.nodes, random);

function controller(how: End): Fault {
  return faultOf({
    name: `ovn-controller ${words[how]} for a while`,
    choose: (lab, random) => ({ node: anyNode(lab, random), timeMs: seconds(20, 35, random) }),
    run: (lab, { node, timeMs }, signal) => away(lab, node.chassis.controller, how, timeMs, signal),
    told: (lab, { node }) => lab.doctorSays(new RegExp(`^chassis failed: .*${node.plan.name}`)),
  });
}

function switchd(how: End): Fault {
  return faultOf({
    name: `ovs-vswitchd ${words[how]} for a while`,
    choose: (lab, random) => ({ node: anyNode(lab, random), timeMs: seconds(20, 30, random) }),
    run: (lab, { node, timeMs }, signal) => away(lab, node.chassis.switchd, how, timeMs, signal),
    // ovn-controller answers without it as long as no flow changes. Pods that come to the node wait.
    told: async (lab, { node }) =>
      (await lab.eventSays("WaitingForPort")) ??
      (await lab.doctorSays(new RegExp(`^chassis failed: .*${node.plan.name}`))),
  });
}

/** ovn-controller takes its ports down when it leaves, and NB says so of pods that run. */
const portsDown = faultOf({
  name: "ovn-controller leaves for a minute, and ports are down",
  choose: async (lab, random) => {
    const pod = await lab.churn.keep(random);
    return { pod, node: lab.nodeOf(pod), timeMs: seconds(50, 60, random) };
  },
  run: async (lab, { pod, node, timeMs }, signal) => {
    await node.chassis.leave();
    await lab.wait(timeMs, signal);
    await node.chassis.controller.start();
    lab.churn.release(pod);
  },
  told: (lab, { pod }) => lab.eventSays("PortDown", pod.metadata.name),
});

/** Both parts of Open vSwitch begin anew. ovn-controller 23.03 may abort then, and its service manager starts it again. */
const openVSwitchAnew = faultOf({
  name: "ovs-vswitchd and its database are killed together",
  choose: (lab, random) => anyNode(lab, random),
  run: async (lab, { chassis }, signal) => {
    await Promise.all([chassis.switchd.kill(), chassis.database.kill()]);
    await chassis.database.start();
    await chassis.switchd.start();
    await lab.wait(10_000, signal);
    if (!chassis.controller.running) await chassis.controller.start();
  },
  told: (lab) => lab.logSays("agent", /^database session lost|^database not reached|^open_vswitch database was lost/),
});

export const ovnProcesses: readonly Fault[] = [
  northd("kill"),
  northd("freeze"),
  controller("kill"),
  controller("freeze"),
  switchd("kill"),
  switchd("freeze"),
  portsDown,
  openVSwitchAnew,
];
