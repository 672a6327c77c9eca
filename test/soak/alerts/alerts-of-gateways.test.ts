// Prometheus sees a gateway lose one of its two chassis, by what the real controller says.
import { after, before, describe } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { reservePort } from "#tools/process/port.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { ensurePrograms, whyProgramsAreMissing, wiringPrograms } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { operationsPort } from "#test/stacks/controller-process.ts";
import { FailOverStack } from "#test/stacks/fail-over-stack.ts";
import { Prometheus } from "#test/stacks/monitoring/prometheus.ts";
import { testAlerts } from "./alert-fault.ts";
import { gatewayFaults } from "./gateway-faults.ts";

const programs = ["prometheus", "curl"] as const;
const skip =
  whyNotRoot() || whyProgramsAreMissing([...wiringPrograms, ...programs]) || whyToolsAreMissing(controlPlaneTools);

describe("an alert of gateways", { skip }, () => {
  const owned = new AsyncDisposableStack();
  let stack: FailOverStack;
  let prometheus: Prometheus;
  before(async () => {
    await ensurePrograms(programs);
    stack = owned.use(await FailOverStack.start());
    const targets = [{ pod: "ovn4nfv-controller-0", address: `127.0.0.1:${operationsPort(stack.controller)}` }];
    const { folder } = stack.networks.plane;
    prometheus = owned.use(await Prometheus.start({ folder, port: await reservePort(), targets, alerts: true }));
  });
  after(() => owned.disposeAsync());

  testAlerts(gatewayFaults, () => ({ stack, prometheus }));
});
