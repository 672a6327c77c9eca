import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { addFloatingUplink, rulesIn } from "#test/stacks/ipam/floating-uplink.ts";
import { until } from "#test/assertions/until.ts";

const count = 1_000;
const settledWithinMs = 300_000;

test("1,000 pods that nobody scheduled get 1,000 floating addresses from three replicas, and leave no rule behind", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async () => {
  await using stack = await AdmissionStack.start({ replicas: 3 });
  const [endpoint = ""] = stack.nb;
  await stack.addSwitch("blue", "10.64.0.0/16");
  // There are hardly more addresses than pods, so that the replicas meet at the last ones.
  await addFloatingUplink(endpoint, "blue", "198.18.4.0/22");
  await using controller = controllerProcess(stack);
  await controller.start();
  const asked = { name: "blue", externalIp: "auto" };
  const outcomes = await burst({ concurrency: 16, count }, (n) =>
    stack.create(podManifest({ name: `outbound-${n}`, annotations: request(asked) }), "default", 60_000),
  );
  assert.equal(tellErrors(outcomes), "");
  const { pods } = await stack.assertInvariants();
  const results = pods.map(({ metadata }) => parseResult(metadata.annotations?.[annotationKeys.result.key] ?? ""));
  const given = results.map(([own]) => `${own?.external_ip ?? ""} ${own?.ip_address[0]?.split("/")[0] ?? ""}`);
  assert.equal(new Set(given.map((pair) => pair.split(" ")[0])).size, count, "an address was given twice");
  assert.deepEqual([...(await rulesIn(endpoint))].sort(), given.sort());
  const force = ["--all", "--force", "--grace-period=0", "--wait=false"];
  await stack.plane.kubectl.must(["delete", "pods", ...force], { timeoutMs: settledWithinMs });
  await until(async () => (await rulesIn(endpoint)).length === 0, settledWithinMs);
});
