import { after, before, describe, it } from "node:test";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { runPodLoop } from "#test/stacks/lab/pod-loop.ts";
import { LabStack } from "#test/stacks/lab/lab-stack.ts";

describe("pods that come and go in a cluster where things break", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
    await stack.addLabNetworks();
  });
  after(() => stack[Symbol.asyncDispose]());

  const seed = chooseSeed();
  it(`are all wired right, 200 of them, and leave nothing (SEED=${seed})`, async () => {
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    await runPodLoop(stack, { seed, pods: 200, batch: 10, say });
  });
});
