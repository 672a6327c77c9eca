// `npm run soak -- refused`. MINUTES sets how long the quota refuses every pod (60).
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const minutes = Number(process.env["MINUTES"] ?? 60);
const namespace = "tight";
const names = ["refused-1", "refused-2", "refused-3"];
/** Replica sets wait longer after each refusal, and begin anew when they change. */
const roundMs = 15_000;

test(`replica sets whose pods a quota refuses for ${minutes} minutes leak no reservation, and leave the pool to others`, {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async (t) => {
  // The cap on open reservations is the one of an installation.
  await using stack = await AdmissionStack.start({ flags: { "max-open-reservations": "1024" } });
  // The network has 29 addresses for pods.
  await stack.addSwitch("small", "10.2.0.0/27");
  await using controller = controllerProcess(stack);
  await controller.start();
  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  await kubectl("create", "namespace", namespace);
  await kubectl("create", "quota", "none", "--hard=pods=0", `--namespace=${namespace}`);
  await kubectl("wait", "--for=create", "serviceaccount/default", `--namespace=${namespace}`, "--timeout=90s");
  const portsOfTight = async () =>
    (await stack.world()).nb.ports.filter(
      ({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/namespace") === namespace,
    ).length;

  const endMs = systemClock.monotonicMs() + minutes * 60_000;
  let [round, most, reserved] = [0, 0, 0];
  do {
    round += 1;
    await stack.plane.kubectl.apply(names.map((name) => deployment(name, 5 + (round % 5))));
    const nextMs = Math.min(endMs, systemClock.monotonicMs() + roundMs);
    do {
      const open = await portsOfTight();
      most = Math.max(most, open);
      if (open > 0) reserved += 1;
      // Somebody else gets an address at any time.
      const pod = await stack.create(podManifest({ name: "neighbour", annotations: request({ name: "small" }) }));
      await kubectl("delete", "pod", pod.metadata.name, "--timeout=90s");
    } while (systemClock.monotonicMs() < nextMs);
  } while (systemClock.monotonicMs() < endMs);
  t.diagnostic(`${round} rounds, at most ${most} reservations at once`);
  assert.ok(reserved > 0, "the refused pods reserved addresses");
  assert.equal((await stack.pods.list({ namespace })).items.length, 0, "the quota refused them all");

  await kubectl("delete", "deployments", "--all", `--namespace=${namespace}`, "--timeout=90s");
  await until(async () => (await portsOfTight()) === 0);
  const { code, stdout } = await runCheck(stack);
  assert.equal(code, 0, stdout);
  await stack.assertInvariants();
});

function deployment(name: string, replicas: number): object {
  const { metadata, spec } = podManifest({ annotations: request({ name: "small" }) }) as KubeObject;
  const labels = { app: name };
  // Another label makes another replica set, as a roll-out does.
  const template = { metadata: { labels: { ...labels, of: `${replicas}` }, annotations: metadata.annotations }, spec };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}
