import { test } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { showRestore } from "#test/stacks/restore-show.ts";

test("200 creates and 200 deletes since the backup are no matter to `ovn4nfv restore`", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async () => {
  await using stack = await AdmissionStack.start({
    replicas: 2,
    flags: { "restore-quiet-time": "1s" },
    reviewTimeoutSeconds: 30,
  });
  const leaseMs = 10_000;
  await using controller = controllerProcess(stack, { flags: { "reservation-lease": "10s" } });
  await controller.start();
  const show = { stack, network: "red", subnet: "10.3.0.0/20", count: 200, leaseMs, deletesLease: false };
  console.error(await showRestore(show));
});
