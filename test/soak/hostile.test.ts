// `npm run soak -- hostile`. MINUTES sets how long the faults last (30), SEED repeats the choices, and FAULTS chooses those
// whose names contain one of its words, which are separated by commas.
import { after, before, describe, it } from "node:test";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { labAddOns } from "#lab/cluster/lab-add-ons.ts";
import { type LabAddOn, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { northboundPort } from "#lab/ovn/ovn-central.ts";
import { clockPrograms, ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { faultTable } from "#test/hostile/fault-table.ts";
import { processClocks } from "#test/hostile/process-clocks.ts";
import { runHostile } from "#test/hostile/run-hostile.ts";
import { LabStack } from "#test/stacks/lab/lab-stack.ts";

const members = 3;

/** The processes find every member of the Northbound database. */
const northboundCluster: LabAddOn = {
  title: "a Northbound database of three members",
  async install({ controlPlane: { kubectl } }) {
    const endpoints = Array.from({ length: members }, (_, n) => `tcp:${labPlan.centerAddress}:${northboundPort(n)}`);
    const patch = JSON.stringify({ data: { OVN4NFV_NB: endpoints.join(",") } });
    await kubectl.must(["patch", "configmap", "ovn4nfv-config", `--namespace=${systemNamespace}`, "-p", patch]);
  },
};

describe("a cluster in which everything goes wrong", {
  skip: whyLabCannotRun() || whyProgramsAreMissing(clockPrograms),
}, () => {
  let stack: LabStack;
  before(async () => {
    await ensurePrograms(clockPrograms);
    stack = await LabStack.start({
      northboundMembers: members,
      addOns: [...labAddOns, northboundCluster, processClocks],
    });
    await stack.addLabNetworks();
  });
  after(() => stack[Symbol.asyncDispose]());

  const seed = chooseSeed();
  const minutes = Number(process.env["MINUTES"] ?? 30);
  const words = (process.env["FAULTS"] ?? "").split(",");
  it(`loses no address, gives none twice, and tells of every fault, for ${minutes} minutes (SEED=${seed})`, async () => {
    const began = performance.now();
    const say = (text: string): void => {
      process.stderr.write(`[${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s] ${text}\n`);
    };
    const faults = faultTable.filter(({ name }) => words.some((word) => name.includes(word)));
    await runHostile(stack, { seed, minutes, faults, say });
  });
});
