import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, releases } from "#test/stacks/controller-process.ts";
import { HoldingWebhook, held } from "#test/fakes/kube/holding-webhook.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { PortHistory } from "#test/stacks/port-history.ts";
import { until } from "#test/assertions/until.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

/** The API server gives a webhook at most 30 s, and a create 34 s. */
const lateMs = 28_000;

test("a create that reached etcd as late as the API server allows keeps its addresses, with the shortest safe lease", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async () => {
  await using stack = await AdmissionStack.start();
  await stack.addSwitch("blue", "10.1.0.0/24");
  await using history = await PortHistory.start(stack.nb.join(","), stack.plane.folder, "blue");
  await using slow = await HoldingWebhook.start(stack);
  await using controller = controllerProcess(stack, { flags: { "reservation-lease": "60s" } });
  await controller.start();
  const hold = slow.hold();
  const stored = stack.create(
    podManifest({ name: "late", labels: held, annotations: request({ name: "blue" }) }),
    "default",
    60_000,
  );
  await Promise.race([hold.arrived, stored]);
  await systemClock.sleep(lateMs);
  hold.release();
  const pod = await stored;
  const id = pod.metadata.labels?.[annotationKeys.allocation.key] ?? "";
  await until(async () => (await history.of(id)).at(-1)?.podUid === pod.metadata.uid);
  const actions = (await history.of(id)).map(({ action }) => action);
  assert.deepEqual(
    actions.filter((action) => action !== "new"),
    ["insert"],
  );
  assert.equal(releases(controller).get(id), undefined);
});
