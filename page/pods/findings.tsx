import type { JSX } from "preact";
import type { StoryFinding } from "#src/view/contract/pod-story.ts";
import { Badge } from "../parts/badge.tsx";

const tones = { ok: "good", warning: "warn", failed: "bad", unknown: "calm" } as const;

/** Says what is wrong with a pod, in the words of `ovn4nfv doctor`, with the cure. */
export function Findings({ findings }: { readonly findings: readonly StoryFinding[] }): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <section class="card" aria-labelledby="findings">
      <h2 id="findings">Findings</h2>
      <ul class="findings">
        {findings.map(({ check, health, says, cure }, at) => (
          <li key={`${check} ${at}`}>
            <Badge tone={tones[health]}>{check}</Badge> {says}
            {cure !== "" && <div class="cure">{cure}</div>}
          </li>
        ))}
      </ul>
    </section>
  );
}
