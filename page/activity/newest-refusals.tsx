import type { JSX } from "preact";
import type { ActivityRefusal } from "#src/view/contract/activity.ts";
import { TimeOfDay } from "../parts/time-of-day.tsx";

/** The newest refusals and faults, in the words in which they were told. */
export function NewestRefusals({ refusals }: { readonly refusals: readonly ActivityRefusal[] }): JSX.Element {
  return (
    <section class="card" aria-labelledby="newest">
      <h2 id="newest">Newest refusals</h2>
      {refusals.length === 0 ? (
        <p class="muted">Nothing was refused.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Reason</th>
              <th scope="col">About</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {refusals.map(({ at, reason, message, about }, index) => (
              <tr key={`${at} ${index}`}>
                <td>
                  <TimeOfDay at={at} />
                </td>
                <td>{reason}</td>
                <td>{about}</td>
                <td class="message">{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
