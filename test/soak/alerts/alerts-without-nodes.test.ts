// Prometheus judges deploy/monitoring/alerts.yaml by what real processes say, and each alert fires in its fault.
import { after, before, describe } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { clockPrograms, ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { testAlerts } from "./alert-fault.ts";
import { ControlPlaneStack } from "./control-plane.ts";
import { controlPlaneFaults } from "./control-plane-faults.ts";

const programs = ["prometheus", "curl", ...clockPrograms] as const;
const skip = whyToolsAreMissing(controlPlaneTools) || whyProgramsAreMissing(programs);

describe("an alert of webhook and controller", { skip }, () => {
  let stack: ControlPlaneStack;
  before(async () => {
    await ensurePrograms(programs);
    stack = await ControlPlaneStack.start();
    await stack.pass();
    await stack.prometheus.untilAllQuiet();
  });
  after(() => stack[Symbol.asyncDispose]());

  testAlerts(controlPlaneFaults, () => ({ stack, prometheus: stack.prometheus }));
});
