import { systemClock } from "#src/core/clock.ts";
import { until } from "#test/assertions/until.ts";
import type { DatapathStack } from "../datapath/datapath-stack.ts";
import type { ConformanceWorld } from "./conformance-world.ts";
import type { CyclonusCase, CyclonusStep } from "./cyclonus-cases.ts";

/** The result of a case. A check is one port of one pod that another pod tries to reach. */
export interface CaseResult {
  readonly description: string;
  readonly tags: readonly string[];
  readonly checks: number;
  /** The number of checks that ask flows. */
  readonly sctp: number;
  /** The checks that go against the model, as `step 1: TCP 80 from x/a to y/b is open`. */
  readonly deviations: readonly string[];
}

/** The time within which the network does what the model says, before it counts as a deviation. */
const settledMs = 30_000;

/** Runs one case after the other on real packets, and compares what arrives with what the model of cyclonus says. */
export async function runCases(
  stack: DatapathStack,
  world: ConformanceWorld,
  cases: readonly CyclonusCase[],
  tell: (result: CaseResult) => void = () => {},
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { description, tags, steps } of cases) {
    await world.begin();
    const deviations: string[] = [];
    for (const [index, step] of steps.entries()) {
      for (const action of step.actions) await world.act(action);
      await untilKnown(stack, world);
      const found = await deviationsOf(stack, world, step);
      deviations.push(...found.map((text) => `step ${index + 1}: ${text}`));
    }
    const checks = steps.reduce((sum, step) => sum + checksOf(step), 0);
    const sctp = steps.reduce((sum, { pods, ports }) => sum + checksOf({ pods, ports: ports.filter(isSctp) }), 0);
    const result = { description, tags, checks, sctp, deviations };
    tell(result);
    results.push(result);
  }
  return results;
}

export function checksOf({ pods, ports }: Pick<CyclonusStep, "pods" | "ports">): number {
  return pods.length * (pods.length - 1) * ports.length;
}

const isSctp = (port: string): boolean => port.startsWith("SCTP");

/** Compares what was seen with the model. */
export function differences(
  { allowed, ports }: Pick<CyclonusStep, "allowed" | "ports">,
  seen: CyclonusStep["allowed"],
): readonly string[] {
  return ports.flatMap((port) => {
    const [wanted, open] = [new Set(allowed[port]), new Set(seen[port])];
    const text = (pair: string, state: string) => `${port} from ${pair.replace(" ", " to ")} is ${state}`;
    return [
      ...[...open].filter((pair) => !wanted.has(pair)).map((pair) => text(pair, "open")),
      ...[...wanted].filter((pair) => !open.has(pair)).map((pair) => text(pair, "closed")),
    ];
  });
}

/** Without this a case could agree by what the one before has left. */
async function untilKnown(stack: DatapathStack, world: ConformanceWorld): Promise<void> {
  const wanted = world.policies().toSorted().join(" ");
  await until(async () => {
    const text = await stack.fabric.central.nbctl("--bare", "--columns=external_ids", "list", "ACL");
    const names = new Set([...text.matchAll(/[\w-]+\/case-[\w-]+/g)].map(([name]) => name));
    return [...names].toSorted().join(" ") === wanted;
  });
  await stack.settle();
}

async function deviationsOf(
  stack: DatapathStack,
  world: ConformanceWorld,
  step: CyclonusStep,
): Promise<readonly string[]> {
  const endMs = systemClock.monotonicMs() + settledMs;
  for (let limitMs = 400; ; limitMs = Math.min(limitMs * 2, 5_000)) {
    const found = differences(step, await world.ask(step, limitMs));
    if (found.length === 0 || systemClock.monotonicMs() > endMs) return found;
    await stack.settle();
  }
}
