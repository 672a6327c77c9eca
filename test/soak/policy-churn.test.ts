// Longer than in test/e2e/networks/policies.test.ts: 200 ports under 100 policies.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { runPolicyChurn } from "#test/stacks/policies/run-churn.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);
const changes = Number(process.env["CHANGES"] ?? 1_000);

test(`100 policies over 200 ports end as the model says after ${changes} changes`, { skip: whyNot }, async () => {
  const seed = chooseSeed();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  say(`SEED=${seed}`);
  await using stack = await DatapathStack.start();
  const { kubectl } = stack.admission.plane;
  await kubectl.apply(readFileSync(`${root}/deploy/components/multi-network-policy/crd.yaml`, "utf8"));
  await kubectl.established("multi-networkpolicies.k8s.cni.cncf.io");
  await kubectl.apply([networkManifest("red", { ipv4Subnets: [{ subnet: "10.60.0.0/16", gateway: "10.60.255.1" }] })]);
  await kubectl.must(["wait", "network/red", "--for=condition=Ready", "--timeout=60s"]);
  await runPolicyChurn(stack, { network: "red", seed, pods: 200, policies: 100, changes, pairs: 2_000, say });
});
