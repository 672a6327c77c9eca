import type { JSX } from "preact";
import type { PodStep } from "#src/view/contract/pod-story.ts";
import { TimeOfDay } from "../parts/time-of-day.tsx";
import { printDuration } from "../text/times.ts";
import { stepNames, stepStates, wholeMs } from "./step-words.ts";

/** The steps of a request in their order, with the time of each. */
export function Steps({ steps }: { readonly steps: readonly PodStep[] }): JSX.Element {
  const whole = wholeMs(steps);
  return (
    <>
      <ol class="steps">
        {steps.map(({ name, state, at, ms, says }) => (
          <li key={name} class={`step step-${state}`}>
            <div class="step-title">
              <strong>{stepNames[name]}</strong>{" "}
              <span class={`step-state step-state-${state}`}>{stepStates[state]}</span>
              {at !== undefined && <TimeOfDay at={at} />}
              {ms !== undefined && <span class="muted">+{printDuration(ms)}</span>}
            </div>
            <div class="muted small">{says}</div>
          </li>
        ))}
      </ol>
      {whole !== undefined && <p class="muted">{printDuration(whole)} from the first to the last known time.</p>}
    </>
  );
}
