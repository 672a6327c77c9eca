import type { PodStep } from "#src/view/contract/pod-story.ts";

/** The names of the steps of a request. */
export const stepNames = {
  admission: "Admitted, addresses chosen",
  scheduled: "Scheduled to a node",
  bound: "Stored, ports bound to it",
  add: "CNI ADD on the node",
  installed: "Flows installed",
} as const satisfies Record<PodStep["name"], string>;

/** The word for a state, besides its colour. */
export const stepStates = {
  done: "done",
  waits: "not yet",
  failed: "failed",
  unknown: "not known",
} as const satisfies Record<PodStep["state"], string>;

/** The milliseconds from the first known time to the last one, or undefined when fewer than two are known. */
export function wholeMs(steps: readonly PodStep[]): number | undefined {
  const times = steps.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)])).filter((ms) => !Number.isNaN(ms));
  const [first] = times;
  const last = times.at(-1);
  return first === undefined || last === undefined || times.length < 2 ? undefined : last - first;
}
