// The product in a real cluster: kubelet, containerd, Multus, two chassis; one lab for all of it.
import { after, before, describe } from "node:test";
import { whyLabCannotRun } from "#test/lab/lab.ts";
import { LabStack } from "./lab-stack.ts";
import { describeWiring } from "./lab-wiring.ts";

describe("ovn4nfv in a cluster", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  describeWiring(() => stack);
});
