import assert from "node:assert/strict";
import { test } from "node:test";
import { isTargetReady, machineOf } from "#src/api/pod/machine-pod.ts";

const marks = (labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>> = {}) => ({
  metadata: { labels, annotations },
});
const launcher = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": "vmi-uid" };

test("a launcher pod of KubeVirt has a machine, and the one with a migration job is the target", () => {
  assert.deepEqual(machineOf(marks(launcher)), { uid: "vmi-uid", isTarget: false });
  const target = machineOf(marks({ ...launcher, "kubevirt.io/migrationJobUID": "job" }));
  assert.deepEqual(target, { uid: "vmi-uid", isTarget: true });
});

test("a pod that is no launcher has none, and neither has one without the UID of its machine", () => {
  assert.equal(machineOf(marks({ "kubevirt.io/created-by": "vmi-uid", "kubevirt.io": "hotplug-disk" })), undefined);
  assert.equal(machineOf(marks({ "kubevirt.io": "virt-launcher" })), undefined);
  assert.equal(machineOf(marks({})), undefined);
});

test("a target is ready when KubeVirt has written the time", () => {
  assert.equal(isTargetReady(marks(launcher)), false);
  const ready = { "kubevirt.io/migration-target-ready-timestamp": "2026-11-29 08:00:00 +0000 UTC" };
  assert.equal(isTargetReady(marks(launcher, ready)), true);
});
