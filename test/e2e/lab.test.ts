// The product in a real cluster: kubelet, containerd, Multus, two chassis; one lab for all of it.
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { chooseSeed } from "../property/seeded-random.ts";
import { describeFaults } from "./lab-faults.ts";
import { describeFlannel } from "./lab-flannel.ts";
import { runPodLoop } from "./lab-loop.ts";
import { describeModes } from "./lab-modes.ts";
import { describeMultusOnly } from "./lab-multus-only.ts";
import { LabStack } from "./lab-stack.ts";
import { describeOperations } from "./lab-operations.ts";
import { describeTrust } from "./lab-trust.ts";
import { describeWiring } from "./lab-wiring.ts";

describe("ovn4nfv in a cluster", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
    await stack.addLabNetworks();
  });
  after(() => stack[Symbol.asyncDispose]());

  describeWiring(() => stack);
  describeTrust(() => stack);
  describeModes(() => stack);
  describeFlannel(() => stack);
  describeMultusOnly(() => stack);
  describeFaults(() => stack);

  const seed = chooseSeed();
  it(`keeps pods that come and go wired right while things break (SEED=${seed})`, async () => {
    await runPodLoop(stack, { seed, pods: 16, batch: 8 });
  });
  describeOperations(() => stack);
});
