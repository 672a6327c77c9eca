import type { TraceAnswer, TraceAnswerStep } from "#src/view/contract/trace-answer.ts";
import type { BadgeTone } from "../parts/badge-tone.ts";

/** The look of each end of a packet. */
export const endTones = {
  delivered: "good",
  answered: "good",
  wire: "good",
  asks: "warn",
  dropped: "bad",
} as const satisfies Record<TraceAnswer["end"], BadgeTone>;

interface PathGroup {
  readonly where: string;
  readonly steps: readonly TraceAnswerStep[];
}

/** Steps in one switch or router, one after the other, are one group. A packet may come to the same place again. */
export function groupSteps(steps: readonly TraceAnswerStep[]): readonly PathGroup[] {
  const groups: { readonly where: string; readonly steps: TraceAnswerStep[] }[] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last?.where === step.where) last.steps.push(step);
    else groups.push({ where: step.where, steps: [step] });
  }
  return groups;
}
