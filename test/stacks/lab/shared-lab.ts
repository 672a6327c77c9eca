// One lab for all tests of a process. The runner gives the files of test/e2e/lab to one process, because a lab takes half a
// minute to start and a machine can have only one; a file that runs alone starts a lab for itself.
import { after } from "node:test";
import { LabStack } from "./lab-stack.ts";

let started: Promise<LabStack> | undefined;

/**
 * The lab of this process, with Multus, ovn4nfv and the Networks of `LabStack.addLabNetworks`. The first call starts it;
 * it stops after the last test of the process.
 *
 * Call it in the `before` of a suite in test/e2e/lab. The next suite works in the same lab: delete what you made, and
 * wait for `assertSettled()` in the end.
 */
export function sharedLab(): Promise<LabStack> {
  started ??= startLab();
  return started;
}

async function startLab(): Promise<LabStack> {
  const stack = await LabStack.start();
  await stack.addLabNetworks();
  return stack;
}

after(async () => {
  // A lab that did not start has made its suites fail, and has cleaned up.
  const stack = await started?.catch(() => undefined);
  await stack?.[Symbol.asyncDispose]();
});
