import assert from "node:assert/strict";
import { until } from "#test/assertions/until.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { flowsDeliver } from "../conformance/flow-prober.ts";
import type { DatapathStack } from "../datapath/datapath-stack.ts";
import { churnPorts, PolicyChurn } from "./policy-churn.ts";

interface ChurnRun {
  readonly network: string;
  readonly seed: number;
  readonly pods: number;
  readonly policies: number;
  /** The number of random changes. */
  readonly changes: number;
  /** The number of pairs of pods that are asked in the end; each is asked for all ports. */
  readonly pairs: number;
  readonly say?: (text: string) => void;
}

/**
 * Changes policies, labels and namespaces at random as fast as the API server takes it, and waits until the flows of OVN do what a
 * small model says. Nothing is wired: flows are asked.
 */
export async function runPolicyChurn(stack: DatapathStack, run: ChurnRun): Promise<void> {
  const { network, seed, pods, policies, changes, pairs, say = () => {} } = run;
  const random = seededRandom(seed);
  const [host] = stack.fabric.hosts;
  assert.ok(host);
  const node = host.plan.name;
  const churn = new PolicyChurn({ stack: stack.admission, network, node, pods, policies, random });
  await churn.start();
  say(`${churn.pods.length} ports`);
  for (let n = 0; n < changes; n += 1) await churn.change();
  say(`${changes} changes`);
  const asked = Array.from({ length: pairs }, () => {
    const [from, to] = [0, 1].map(() => churn.pods[Math.floor(random() * churn.pods.length)]);
    return from === undefined || to === undefined || from === to ? [] : churnPorts.map((port) => ({ from, to, port }));
  }).flat();
  const wanted = asked.map(({ from, to, port }) => churn.allows(from, to, port));
  let wrong = asked.length;
  const settled = async (): Promise<boolean> => {
    await stack.fabric.central.settle();
    const flows = asked.map(({ from, to, port }) => [from, to, port] as const);
    const seen = await flowsDeliver(stack.fabric.central.sb, network, flows);
    wrong = seen.filter((open, index) => open !== wanted[index]).length;
    say(`${asked.length - wrong} of ${asked.length} as the model says; ${wanted.filter(Boolean).length} are open`);
    return wrong === 0;
  };
  await until(settled, 120_000);
  await churn.end();
}
