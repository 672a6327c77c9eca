import assert from "node:assert/strict";
import { labPod, type LabStack } from "#test/stacks/lab/lab-stack.ts";
import type { AlertFault } from "./alert-fault.ts";

/** A pod whose node loses its chassis, and one that comes while the node has no bridge. */
export const [cutOff, unwired] = ["cut-off", "unwired"] as const;

/** The alerts about nodes. The lab has a pod `cut-off` on the node n2. */
export const labFaults: readonly AlertFault<LabStack>[] = [
  {
    alert: "WireNotReady",
    fault: "a node loses the carrier of the interface of a ProviderNetwork",
    make: (stack) => setCable(stack, "down"),
    mend: (stack) => setCable(stack, "up"),
  },
  {
    alert: "PortDown",
    fault: "the ovn-controller of a node ends, and takes its chassis along",
    make: (stack) => stack.n2.chassis.leave(),
    mend: (stack) => stack.n2.chassis.controller.start(),
  },
  {
    alert: "AgentBridgeDown",
    fault: "a node has lost the integration bridge, and no ovn-controller makes it again",
    make: async (stack) => {
      await stack.n2.chassis.leave();
      await stack.n2.chassis.vsctl("del-br", "br-int");
      await stack.apply(labPod(unwired, { interfaces: [{ name: "plain" }], node: "n2" }));
    },
    mend: async (stack) => {
      await stack.n2.chassis.controller.start();
      await stack.ready(unwired);
      assert.equal((await stack.result(unwired)).length, 1);
    },
  },
];

/** Sets the far end of the wire of the node n1: the agent itself sets the near end up again. */
function setCable({ lab: { outside }, n1 }: LabStack, state: "up" | "down"): Promise<unknown> {
  return outside.machine.ip(`link set ${outside.portTo(n1.machine)} ${state}`);
}
