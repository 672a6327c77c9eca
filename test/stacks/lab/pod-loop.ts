import assert from "node:assert/strict";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { type LabStack, labPod } from "./lab-stack.ts";

export interface PodLoop {
  readonly seed: number;
  /** The number of pods that are made in all. */
  readonly pods: number;
  /** The number of pods that are made at once. */
  readonly batch: number;
  /** Gets a text about each round. */
  readonly say?: (text: string) => void;
}

type Fault = (stack: LabStack, node: LabNode) => Promise<void>;

/** The faults that happen to a node while its pods come and go. */
const faults: Readonly<Record<string, Fault>> = {
  nothing: () => Promise.resolve(),
  "the agent is killed": (stack, node) => stack.killAgent(node),
  "ovn-controller is killed": async (_, { chassis: { controller } }) => {
    await controller.kill();
    await controller.start();
  },
  "Open vSwitch is killed": async (_, { chassis: { switchd } }) => {
    await switchd.kill();
    await switchd.start();
  },
  "the container runtime is killed": (_, node) => node.restartRuntime(),
  "the kubelet is killed": async (_, node) => {
    await node.part("kubelet").kill();
    await node.part("kubelet").start();
  },
};

const choices = [
  { name: "plain" },
  { name: "plain" },
  { name: "dual" },
  { name: "routed", routes: [{ dst: "192.168.80.0/24", gw: "10.30.0.1" }] },
];

/**
 * Makes and deletes pods at random while something goes wrong on their nodes. In each round all pods come up, and pods, NB
 * and nodes agree. In the end nothing is left.
 */
export async function runPodLoop(stack: LabStack, { seed, pods, batch, say = () => {} }: PodLoop): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(all: readonly T[]): T => {
    const chosen = all[below(all.length)];
    assert.ok(chosen !== undefined);
    return chosen;
  };
  let living: string[] = [];
  for (let made = 0; made < pods; made += batch) {
    const names = Array.from({ length: Math.min(batch, pods - made) }, (_, n) => `loop-${made + n}`);
    const manifests = names.map((name) => {
      const interfaces = choices.filter(() => random() < 0.5);
      return labPod(name, {
        node: pick(stack.lab.nodes).plan.name,
        interfaces: interfaces.length > 0 ? interfaces : choices,
      });
    });
    const going = living.filter(() => random() < 0.6);
    const what = pick(Object.keys(faults));
    const node = pick(stack.lab.nodes);
    say(`${names.length} pods come and ${going.length} go while, on ${node.plan.name}, ${what}`);
    await stack.apply(...manifests);
    if (going.length > 0) await stack.kubectl("delete", "pod", "--wait=false", ...going);
    await faults[what]?.(stack, node);
    if (going.length > 0) {
      await stack.kubectl("wait", "--for=delete", "--timeout=120s", ...going.map((name) => `pod/${name}`));
    }
    living = [...living.filter((name) => !going.includes(name)), ...names];
    await stack.ready(...living);
    await stack.assertSettled();
    const [one, other] = [pick(living), pick(living)];
    await stack.assertReaches(one, addressesOn(await stack.result(other), await stack.result(one)));
  }
  if (living.length > 0) await stack.remove(...living);
  await stack.assertSettled();
}

type Result = Awaited<ReturnType<LabStack["result"]>>;

/** The addresses of the one pod on networks that the other pod has joined too. */
function addressesOn(of: Result, joined: Result): readonly string[] {
  const networks = new Set(joined.map(({ network }) => network));
  const shared = of.filter(({ network }) => networks.has(network));
  return shared.flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
}
