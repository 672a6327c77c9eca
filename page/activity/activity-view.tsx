// The last hour: allocations, releases and refusals in each minute.
import type { JSX } from "preact";
import type { Activity } from "#src/view/contract/activity.ts";
import { useAnswer } from "../live/use-answer.ts";
import { useCalm } from "../live/use-calm.ts";
import { Answered } from "../parts/answered.tsx";
import { useApp } from "../parts/app.ts";
import { ActivityPlot } from "./activity-plot.tsx";
import { plotOf, reasonsOf, totalsOf } from "./activity-series.ts";
import { NewestRefusals } from "./newest-refusals.tsx";

export function ActivityView(): JSX.Element {
  const { connection } = useApp();
  const answer = useAnswer<Activity>("api/activity", useCalm(connection.heardAt.value, 2_000));
  return (
    <Answered answer={answer} what="the last hour">
      {(activity) => <Hour activity={activity} />}
    </Answered>
  );
}

function Hour({ activity }: { readonly activity: Activity }): JSX.Element {
  const { minutes, countedFrom, refusals } = activity;
  const totals = totalsOf(minutes);
  return (
    <>
      <p class="muted">{countedFrom}</p>
      <div class="cards cards-wide">
        <section class="card" aria-labelledby="given">
          <h2 id="given">Allocations and releases</h2>
          <p>
            <span class="swatch series-1" aria-hidden="true" /> {totals.allocations} allocations,{" "}
            <span class="swatch series-2" aria-hidden="true" /> {totals.releases} releases in the last hour.
          </p>
          <ActivityPlot
            label="Allocations and releases by minute"
            plot={plotOf(minutes, ["allocations", "releases"])}
          />
        </section>
        <section class="card" aria-labelledby="refused">
          <h2 id="refused">Refusals</h2>
          <p>
            <span class="swatch series-3" aria-hidden="true" /> {totals.refusals} refusals in the last hour.
          </p>
          <ActivityPlot label="Refusals by minute" plot={plotOf(minutes, ["refusals"])} />
          <table>
            <thead>
              <tr>
                <th scope="col">Reason</th>
                <th scope="col">Refusals</th>
              </tr>
            </thead>
            <tbody>
              {reasonsOf(minutes).map(([reason, count]) => (
                <tr key={reason}>
                  <th scope="row">{reason}</th>
                  <td class="number">{count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
      <NewestRefusals refusals={refusals} />
    </>
  );
}
