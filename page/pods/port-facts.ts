import type { PodStoryPort } from "#src/view/contract/pod-story.ts";
import type { BadgeTone } from "../parts/badge-tone.ts";

interface PortFact {
  readonly says: string;
  readonly tone: BadgeTone;
}

/** Tells what the Northbound and the Southbound database say of a port, and whether that is good. */
export function portFacts({ northbound, southbound }: PodStoryPort): readonly PortFact[] {
  const facts: PortFact[] = [];
  if (northbound === undefined) facts.push({ says: "not in NB", tone: "bad" });
  else
    facts.push(
      { says: `NB: on ${northbound.network ?? "a switch that is no network"}`, tone: "good" },
      upFact("NB", northbound.up),
    );
  if (southbound === undefined) return facts;
  const { chassis } = southbound;
  facts.push(
    chassis === undefined
      ? { says: "SB: on no chassis", tone: "warn" }
      : { says: `SB: chassis ${chassis}`, tone: "good" },
    upFact("SB", southbound.up),
  );
  return facts;
}

function upFact(where: string, up: boolean | undefined): PortFact {
  if (up === undefined) return { says: `${where}: has not told whether it is up`, tone: "calm" };
  return up ? { says: `${where}: up`, tone: "good" } : { says: `${where}: down`, tone: "warn" };
}
