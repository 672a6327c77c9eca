import type { JSX } from "preact";
import type { ViewPod } from "#src/view/contract/view-item.ts";
import { useApp } from "../parts/app.ts";
import { ReadyBadge } from "../parts/badge.tsx";
import { ObjectLink } from "../parts/object-link.tsx";
import { printMore } from "../text/counts.ts";
import { chooserWords } from "./chooser-words.ts";

/** The FloatingIPs and policies that choose a pod by its labels, with what they do. */
export function PodChoosers({ pod }: { readonly pod: ViewPod }): JSX.Element | null {
  const { store } = useApp();
  const keys = [...(pod.floatingIps ?? []), ...(pod.policies ?? [])];
  const choosers = keys.flatMap((key) => store.get(key) ?? []);
  if (choosers.length === 0) return null;
  const more = printMore((pod.moreFloatingIps ?? 0) + (pod.morePolicies ?? 0));
  return (
    <section class="card" aria-labelledby="choosers">
      <h2 id="choosers">Floating IPs and policies</h2>
      <ul class="findings">
        {choosers.map((item) => {
          const cure = item.kind === "floatingip" ? item.cure : undefined;
          const isWrong = item.ready !== "yes" || cure !== undefined;
          return (
            <li key={item.key}>
              <ReadyBadge of={item} /> <ObjectLink of={item.key} text={`${item.kind} ${item.name}`} />{" "}
              {chooserWords(item, pod.key)}
              {isWrong && item.message !== undefined && <div class="message">{item.message}</div>}
              {cure !== undefined && <div class="cure">{cure}</div>}
            </li>
          );
        })}
        {more !== "" && <li class="muted">{more}</li>}
      </ul>
    </section>
  );
}
