// The integration bridge of a node, which somebody deletes as a whole or in part.
import { readNodeWiring } from "#lab/cluster/node-wiring.ts";
import type { HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { firstPort } from "../pod-churn.ts";

const putBack = /^lost port put back on the bridge/;

/** The agent is told when it puts ports back. */
async function agentSays(lab: HostileLab): Promise<string | undefined> {
  return (await lab.logSays("agent", putBack)) ?? lab.eventSays("PortDown");
}

const bridgeDeleted = faultOf({
  name: "br-int is deleted",
  choose: (lab, random) => lab.churn.keep(random),
  run: async (lab, pod, signal) => {
    await lab.nodeOf(pod).chassis.vsctl("--if-exists", "del-br", "br-int");
    await untilWired(lab, pod, signal);
  },
  told: agentSays,
});

const portTakenOff = faultOf({
  name: "a pod's port is deleted on br-int",
  choose: (lab, random) => lab.churn.keep(random),
  run: async (lab, pod, signal) => {
    const node = lab.nodeOf(pod);
    const { ports } = await readNodeWiring(node);
    const own = ports.find(({ ids }) => ids.get("iface-id") === firstPort(pod).port);
    if (own !== undefined) await node.chassis.vsctl("--if-exists", "del-port", "br-int", own.name);
    await untilWired(lab, pod, signal);
  },
  told: agentSays,
});

type Kept = Awaited<ReturnType<HostileLab["churn"]["keep"]>>;

async function untilWired(lab: HostileLab, pod: Kept, signal: AbortSignal): Promise<void> {
  await lab.eventually(async () => {
    const { ports } = await readNodeWiring(lab.nodeOf(pod));
    const own = ports.find(({ ids }) => ids.get("iface-id") === firstPort(pod).port);
    if (!signal.aborted && own?.ids.get("ovn-installed") !== "true") throw new Error(`${pod.metadata.name} is cut off`);
  });
  lab.churn.release(pod);
}

export const bridge: readonly Fault[] = [bridgeDeleted, portTakenOff];
