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
  /** The time in the id of its allocation. */
  readonly allocatedAt: string | undefined;
  readonly hasResult: boolean;
  readonly scheduled: SinceWhen;
  /** The kubelet's condition PodReadyToStartContainers, which holds when the network stands. */
  readonly sandbox: SinceWhen;
  /** The time at which Multus told of its interfaces, after the CNI call. */
  readonly attachedAt: string | undefined;
  /** Our condition of a pod with the readiness gate, which holds when OVN has wired all interfaces. */
  readonly wired: SinceWhen;
  readonly isRunning: boolean;
  /** The last Event that says why the network does not stand; undefined when there is none. */
  readonly fault: string | undefined;
  /** Undefined where the Northbound database is not read. */
  readonly ports: { readonly areBound: boolean; readonly areUp: boolean; readonly count: number } | undefined;
  /** The times at which this program saw the steps of the database. */
  readonly seen: { readonly boundAt: string | undefined; readonly upAt: string | undefined };
}

const unwritten = "nobody writes the time down, and this program began later";
const seenHere = "the time is that at which this program saw it";

type Step = Omit<PodStep, "ms">;

/**
 * All steps in their order; a step has the time since the latest one before when both times are known. Kubernetes writes whole seconds and
 * others do not, so that a step can seem to be before the last one: then no time has passed.
 */
export function podSteps(facts: StepFacts): readonly PodStep[] {
  let before: number | undefined;
  return [admission(facts), scheduled(facts), bound(facts), added(facts), installed(facts)].map((step): PodStep => {
    if (step.at === undefined) return step;
    const atMs = Date.parse(step.at);
    const ms = before === undefined ? undefined : Math.max(0, atMs - before);
    before = Math.max(before ?? atMs, atMs);
    return ms === undefined || Number.isNaN(ms) ? step : { ...step, ms };
  });
}

function timed(at: string | undefined): { readonly at?: string } {
  return at === undefined ? {} : { at };
}

/** A step of the database, which keeps no times. */
function doneAsSeen(name: Step["name"], says: string, at: string | undefined): Step {
  return { name, state: "done", ...timed(at), says: `${says}; ${at === undefined ? unwritten : seenHere}` };
}

function admission({ hasResult, createdAt, allocatedAt }: StepFacts): Step {
  const name = "admission";
  if (!hasResult) return { name, state: "waits", says: "it has no result: no webhook has allocated for it" };
  return allocatedAt === undefined
    ? { name, state: "done", ...timed(createdAt), says: "the webhook wrote its result just before it was stored" }
    : {
        name,
        state: "done",
        at: allocatedAt,
        says: "its addresses were chosen at the time in the id of its allocation",
      };
}

function scheduled({ scheduled: { holds, at } }: StepFacts): Step {
  const name = "scheduled";
  return holds
    ? { name, state: "done", ...timed(at), says: "the scheduler chose a node" }
    : { name, state: "waits", says: "no node was chosen: see the Events of the pod" };
}

function bound({ ports, hasResult, seen: { boundAt } }: StepFacts): Step {
  const name = "bound";
  if (ports === undefined) return { name, state: "unknown", says: "the Northbound database is not read" };
  if (ports.count === 0) {
    return hasResult
      ? { name, state: "failed", says: "the ports of its result are not in the Northbound database" }
      : { name, state: "waits", says: "it has no ports" };
  }
  return ports.areBound
    ? doneAsSeen(name, "its ports name the stored pod", boundAt)
    : { name, state: "waits", says: "its ports are a reservation until the controller has seen the pod" };
}

function added({ attachedAt, sandbox, isRunning, fault }: StepFacts): Step {
  const name = "add";
  if (attachedAt !== undefined && (sandbox.holds || isRunning)) {
    return { name, state: "done", at: attachedAt, says: "Multus wrote its interfaces into it after the CNI call" };
  }
  if (sandbox.holds) return { name, state: "done", ...timed(sandbox.at), says: "the kubelet has its network" };
  if (isRunning) return { name, state: "done", says: "it runs, so that the CNI call has ended well" };
  if (fault !== undefined) return { name, state: "failed", says: fault };
  return { name, state: "waits", says: "the kubelet has not told that its network stands" };
}

function installed({ ports, wired, seen: { upAt } }: StepFacts): Step {
  const name = "installed";
  if (ports === undefined) return { name, state: "unknown", says: "the Northbound database is not read" };
  const says = "OVN says that a chassis has all of its ports";
  const areUp = ports.count > 0 && ports.areUp;
  if (areUp && wired.holds && upAt === undefined) {
    return { name, state: "done", ...timed(wired.at), says: `${says}; the time is that of its condition on networks` };
  }
  return areUp ? doneAsSeen(name, says, upAt) : { name, state: "waits", says: "no chassis has all of its ports" };
}
