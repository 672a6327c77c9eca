import type { JSX } from "preact";
import type { PodStoryEvent } from "#src/view/contract/pod-story.ts";
import { TimeOfDay } from "../parts/time-of-day.tsx";

/** The Events about a pod, oldest first. */
export function PodEvents({ events }: { readonly events: readonly PodStoryEvent[] }): JSX.Element {
  return (
    <section class="card" aria-labelledby="events">
      <h2 id="events">Events</h2>
      {events.length === 0 ? (
        <p class="muted">There are none.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Reason</th>
              <th scope="col">Message</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {events.map(({ at, type, reason, message, count, from }, index) => (
              <tr key={`${reason} ${index}`} class={type === "Warning" ? "warning" : undefined}>
                <td>{at === undefined ? "–" : <TimeOfDay at={at} />}</td>
                <td>
                  {reason}
                  {count > 1 && <span class="muted"> ×{count}</span>}
                </td>
                <td class="message">{message}</td>
                <td class="muted">{from}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
