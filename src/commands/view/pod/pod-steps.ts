// Tells the way of one pod: what has happened to it, from its request to its interfaces, and what is wrong.
import type { PodStep } from "#src/view/contract/pod-story.ts";

/** A condition of a pod that holds, with the time since when. */
export interface SinceWhen {
  readonly holds: boolean;
  readonly at: string | undefined;
}

/** The facts from which the steps follow. */
export interface StepFacts {
  readonly createdAt: string | undefined;
  readonly hasResult: boolean;
  readonly scheduled: SinceWhen;
  /** The kubelet's condition PodReadyToStartContainers, which holds when the network stands. */
  readonly sandbox: SinceWhen;
  readonly isRunning: boolean;
  /** The last Event that says why the network does not stand; undefined when there is none. */
  readonly fault: string | undefined;
  /** Undefined where the Northbound database is not read. */
  readonly ports: { readonly areBound: boolean; readonly areUp: boolean; readonly count: number } | undefined;
}

type Step = Omit<PodStep, "ms">;

/** All steps in their order; a step has the time since the one before when both times are known. */
export function podSteps(facts: StepFacts): readonly PodStep[] {
  let before: number | undefined;
  return [admission(facts), scheduled(facts), bound(facts), added(facts), installed(facts)].map((step): PodStep => {
    if (step.at === undefined) return step;
    const atMs = Date.parse(step.at);
    const ms = before === undefined ? undefined : atMs - before;
    before = atMs;
    return ms === undefined || Number.isNaN(ms) ? step : { ...step, ms };
  });
}

function timed(at: string | undefined): { readonly at?: string } {
  return at === undefined ? {} : { at };
}

function admission({ hasResult, createdAt }: StepFacts): Step {
  const name = "admission";
  if (!hasResult) return { name, state: "waits", says: "it has no result: no webhook has allocated for it" };
  return { name, state: "done", ...timed(createdAt), says: "the webhook wrote its result just before it was stored" };
}

function scheduled({ scheduled: { holds, at } }: StepFacts): Step {
  const name = "scheduled";
  return holds
    ? { name, state: "done", ...timed(at), says: "the scheduler chose a node" }
    : { name, state: "waits", says: "no node was chosen: see the Events of the pod" };
}

function bound({ ports, hasResult }: StepFacts): Step {
  const name = "bound";
  if (ports === undefined) return { name, state: "unknown", says: "the Northbound database is not read" };
  if (ports.count === 0) {
    return hasResult
      ? { name, state: "failed", says: "the ports of its result are not in the Northbound database" }
      : { name, state: "waits", says: "it has no ports" };
  }
  return ports.areBound
    ? { name, state: "done", says: "its ports name the stored pod; nobody writes the time down" }
    : { name, state: "waits", says: "its ports are a reservation until the controller has seen the pod" };
}

function added({ sandbox, isRunning, fault }: StepFacts): Step {
  const name = "add";
  if (sandbox.holds) return { name, state: "done", ...timed(sandbox.at), says: "the kubelet has its network" };
  if (isRunning) return { name, state: "done", says: "it runs, so that the CNI call has ended well" };
  if (fault !== undefined) return { name, state: "failed", says: fault };
  return { name, state: "waits", says: "the kubelet has not told that its network stands" };
}

function installed({ ports }: StepFacts): Step {
  const name = "installed";
  if (ports === undefined) return { name, state: "unknown", says: "the Northbound database is not read" };
  return ports.count > 0 && ports.areUp
    ? { name, state: "done", says: "OVN says that a chassis has all of its ports; it writes no time down" }
    : { name, state: "waits", says: "no chassis has all of its ports" };
}
