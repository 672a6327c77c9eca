// All cases of cyclonus on a real datapath. It writes what came out for the page docs/reference/policy-conformance.md.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { tools as allTools } from "#tools/programs/tools.ts";
import { writeConformance } from "#tools/docs/policy-conformance.ts";
import { root } from "#tools/source-files.ts";
import { programsOf } from "#test/runner/phase-programs.ts";
import { tallies } from "#test/stacks/conformance/conformance-report.ts";
import { ConformanceWorld, cyclonusAddress } from "#test/stacks/conformance/conformance-world.ts";
import { generateCases, printSample, sampleFile } from "#test/stacks/conformance/cyclonus-cases.ts";
import { type CaseResult, runCases } from "#test/stacks/conformance/run-cases.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const tools = [...controlPlaneTools, "cyclonus-cases"] as const;
const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(tools);
/** CASES=3,17 runs these alone. */
const chosen = process.env["CASES"]?.split(",").map(Number);

test("network policies do what cyclonus says of them", { skip: whyNot }, async () => {
  const all = await generateCases(cyclonusAddress);
  const sample = printSample(all);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(sampleFile, sample);
  assert.equal(readFileSync(sampleFile, "utf8"), sample, "UPDATE_GOLDEN=1 draws the sample of npm test anew");
  const cases = chosen === undefined ? all : chosen.flatMap((index) => all[index] ?? []);
  await using stack = await DatapathStack.start();
  const { kubectl } = stack.admission.plane;
  await kubectl.apply(readFileSync(`${root}/deploy/components/multi-network-policy/crd.yaml`, "utf8"));
  await kubectl.established("multi-networkpolicies.k8s.cni.cncf.io");
  await kubectl.apply([networkManifest("red", { ipv4Subnets: [{ subnet: "10.60.0.0/16", gateway: "10.60.255.1" }] })]);
  await kubectl.must(["wait", "network/red", "--for=condition=Ready", "--timeout=60s"]);
  await using world = await ConformanceWorld.start(stack, "red");
  let done = 0;
  const results = await runCases(stack, world, cases, ({ description, checks, deviations }) => {
    done += 1;
    const said =
      deviations.length === 0 ? "agrees" : `${deviations.length} deviations: ${deviations.slice(0, 3).join("; ")}`;
    process.stderr.write(`${done}/${cases.length} ${description}: ${checks} checks, ${said}\n`);
  });
  if (chosen === undefined) await store(results);
  assert.deepEqual(
    results.filter(({ deviations }) => deviations.length > 0),
    [],
  );
});

async function store(results: readonly CaseResult[]): Promise<void> {
  const programs = await programsOf({});
  const { ovn = "-", openVswitch = "-" } = "versions" in programs ? programs.versions : {};
  writeConformance({
    date: new Date(systemClock.now()).toISOString().slice(0, 10),
    cyclonus: allTools["cyclonus-cases"].module.version,
    ovn,
    openVswitch,
    ...tallies(results),
    deviations: results
      .filter(({ deviations }) => deviations.length > 0)
      .map(({ description, deviations }) => ({ description, found: [...deviations], reason: "" })),
  });
}
