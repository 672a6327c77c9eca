import type { JSX } from "preact";
import type { PodStory } from "#src/view/contract/pod-story.ts";
import { useAnswer } from "../live/use-answer.ts";
import { useCalm } from "../live/use-calm.ts";
import { Answered } from "../parts/answered.tsx";
import { useApp } from "../parts/app.ts";
import { PodBadge, ReadyBadge } from "../parts/badge.tsx";
import { ObjectLink } from "../parts/object-link.tsx";
import { printRoute } from "../route/page-route.ts";
import { Findings } from "./findings.tsx";
import { PodEvents } from "./pod-events.tsx";
import { PodInterfaces } from "./pod-interfaces.tsx";
import { PodChoosers } from "./pod-choosers.tsx";
import { Steps } from "./steps.tsx";

interface PodViewProps {
  readonly namespace: string;
  readonly name: string;
}

/** One pod: the way of its request, what came of it, and what is wrong. */
export function PodView({ namespace, name }: PodViewProps): JSX.Element {
  const item = useApp().store.get(`pod/${namespace}/${name}`);
  const path = `api/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const answer = useAnswer<PodStory>(path, useCalm(item, 300));
  return (
    <Answered answer={answer} what={`pod ${namespace}/${name}`}>
      {(story) => <Story story={story} />}
    </Answered>
  );
}

function Story({ story }: { readonly story: PodStory }): JSX.Element {
  const { pod, request, steps, findings, events, unread } = story;
  return (
    <>
      <section class="summary" aria-label="Summary">
        <PodBadge state={pod.state} /> {pod.ready === "no" && <ReadyBadge of={pod} />}
        {pod.message !== undefined && <span>{pod.message}</span>}
        {pod.node !== undefined && (
          <span>
            on <ObjectLink of={pod.node} />
          </span>
        )}
        <a href={printRoute({ view: "trace", from: `${pod.namespace ?? ""}/${pod.name}` })}>Trace from here</a>
      </section>
      {unread.map((why) => (
        <p key={why} class="notice">
          {why}
        </p>
      ))}
      <Findings findings={findings} />
      <section class="card" aria-labelledby="steps">
        <h2 id="steps">The way of its request</h2>
        <Steps steps={steps} />
      </section>
      <PodInterfaces story={story} />
      <PodChoosers pod={pod} />
      <section class="card" aria-labelledby="request">
        <h2 id="request">Request</h2>
        {request.length === 0 && <p class="muted">It has no annotation that asks for a network.</p>}
        {request.map(({ annotation, value }) => (
          <figure key={annotation}>
            <figcaption>
              <code>{annotation}</code>
            </figcaption>
            <pre tabIndex={0}>{value}</pre>
          </figure>
        ))}
      </section>
      <PodEvents events={events} />
    </>
  );
}
