import assert from "node:assert/strict";
import { test } from "node:test";
import { deployedRules } from "#test/stacks/monitoring/prometheus.ts";
import { alertPrefix } from "#test/soak/alerts/alert-fault.ts";
import { controlPlaneFaults } from "#test/soak/alerts/control-plane-faults.ts";
import { gatewayFaults } from "#test/soak/alerts/gateway-faults.ts";
import { labFaults } from "#test/soak/alerts/lab-faults.ts";

test("each alert of deploy/monitoring is made to fire in a stack, and none that is not there", () => {
  const alerts = deployedRules().groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const made = [...controlPlaneFaults, ...gatewayFaults, ...labFaults].map(({ alert }) => alertPrefix + alert);
  assert.deepEqual(made.toSorted(), alerts.toSorted());
});
