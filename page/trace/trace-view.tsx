import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TraceAnswer } from "#src/view/contract/trace-answer.ts";
import { useAnswer } from "../live/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { PodField } from "./pod-field.tsx";
import { TracePath } from "./trace-path.tsx";
import { pathOfQuery, type TraceQuery, whyNotAsked } from "./trace-query.ts";

interface TraceViewProps {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Two pods, and the path of a packet between them. */
export function TraceView({ from = "", to = "" }: TraceViewProps): JSX.Element {
  const [query, change] = useState<TraceQuery>({ from, to, proto: "icmp", port: "80" });
  const [asked, askFor] = useState<{ readonly path: string; readonly count: number } | undefined>(undefined);
  const [why, complain] = useState<string | undefined>(undefined);
  const answer = useAnswer<TraceAnswer>(asked?.path, asked?.count);
  const submit = (event: Event): void => {
    event.preventDefault();
    const wrong = whyNotAsked(query);
    complain(wrong);
    if (wrong === undefined) askFor({ path: pathOfQuery(query), count: (asked?.count ?? 0) + 1 });
  };
  return (
    <>
      <form class="trace-form" onSubmit={submit}>
        <PodField label="From" value={query.from} onChange={(value) => change({ ...query, from: value })} />
        <PodField label="To" value={query.to} onChange={(value) => change({ ...query, to: value })} />
        <label>
          Protocol
          <select
            value={query.proto}
            onChange={({ currentTarget }) => change({ ...query, proto: currentTarget.value as TraceQuery["proto"] })}
          >
            <option value="icmp">ICMP</option>
            <option value="tcp">TCP</option>
            <option value="udp">UDP</option>
          </select>
        </label>
        {query.proto !== "icmp" && (
          <label>
            Port
            <input
              inputMode="numeric"
              size={6}
              value={query.port}
              onInput={({ currentTarget }) => change({ ...query, port: currentTarget.value })}
            />
          </label>
        )}
        <button type="submit">Trace</button>
      </form>
      {why !== undefined && (
        <p class="notice notice-bad" role="alert">
          {why}
        </p>
      )}
      {asked === undefined ? (
        <p class="muted">No packet is sent: OVN is asked what it would do with one.</p>
      ) : (
        <Answered answer={answer} what="the path">
          {(told) => <TracePath answer={told} />}
        </Answered>
      )}
    </>
  );
}
