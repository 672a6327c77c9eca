import type { JSX } from "preact";
import type { TraceAnswer } from "#src/view/contract/trace-answer.ts";
import { Badge } from "../parts/badge.tsx";
import { endTones, groupSteps } from "./path-groups.ts";

/** The path of a packet: each switch and router that it passes, what happens there and by whose decision, and its end. */
export function TracePath({ answer }: { readonly answer: TraceAnswer }): JSX.Element {
  const { packet, steps, end, says, notes } = answer;
  return (
    <section class="card" aria-labelledby="path">
      <h2 id="path">
        <Badge tone={endTones[end]}>{end}</Badge> {says}
      </h2>
      <p class="muted">
        <code>{packet}</code>
      </p>
      <ol class="path">
        {groupSteps(steps).map(({ where, steps: inside }, at) => (
          <li key={`${where} ${at}`}>
            <h3>{where}</h3>
            <ul>
              {inside.map(({ what, by }, index) => (
                <li key={index}>
                  {what}
                  {by !== "-" && (
                    <>
                      {" "}
                      <span class="muted">
                        by <code>{by}</code>
                      </span>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {notes.map((note) => (
        <p key={note} class="notice">
          {note}
        </p>
      ))}
    </section>
  );
}
