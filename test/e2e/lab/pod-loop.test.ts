import { before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { runPodLoop } from "#test/stacks/lab/pod-loop.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

describe("a cluster", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
  });

  // 100 pods would take five minutes here, mostly of kubelets that start containers; `npm run soak` has 200.
  const seed = chooseSeed();
  it(`keeps pods that come and go wired right while things break (SEED=${seed})`, async () => {
    await runPodLoop(stack, { seed, pods: 16, batch: 8 });
  });
});
