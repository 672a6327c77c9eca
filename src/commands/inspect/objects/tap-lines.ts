// Computes the lines of `ovn4nfv taps` from the status of the taps: one for each source.
import type { TapSource } from "#src/api/tap/tap-schema.ts";
import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import type { TapObject } from "#src/controllers/taps/tap-object.ts";
import { readyTone } from "../../output/text-style.ts";
import type { Column } from "../../output/text-table.ts";
import { readyWord } from "../ready-word.ts";

/** A tap as people and programs read it. */
export interface ReportedTap {
  readonly namespace: string;
  readonly name: string;
  /** `True`, or the reason why it is not ready; `Unknown` while nobody has written a status. */
  readonly ready: string;
  readonly sink: string;
  readonly sources: readonly TapSource[];
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

export interface TapLine {
  readonly tap: ReportedTap;
  readonly source: TapSource | undefined;
}

export function reportTap({ namespace, name, status }: TapObject): ReportedTap {
  const ready = readyCondition(status);
  return {
    namespace,
    name,
    ready: readyWord(ready),
    sink: status?.columns?.sink ?? "",
    sources: status?.sources ?? [],
    problem: ready?.status === "False" ? ready.message : "",
  };
}

/** A tap without sources has a line too, for its problem. */
export function linesOfTap(tap: ReportedTap): readonly TapLine[] {
  return tap.sources.length === 0 ? [{ tap, source: undefined }] : tap.sources.map((source) => ({ tap, source }));
}

export const tapColumns: readonly Column<TapLine>[] = [
  { title: "namespace", value: ({ tap }) => tap.namespace },
  { title: "tap", value: ({ tap }) => tap.name },
  { title: "ready", value: ({ tap }) => tap.ready, tone: ({ tap }) => readyTone(tap.ready) },
  { title: "sink", value: ({ tap }) => tap.sink || "-" },
  { title: "source", value: ({ source }) => (source === undefined ? "-" : `${source.pod} ${source.interface}`) },
  { title: "network", value: ({ source }) => source?.network ?? "-" },
  { title: "node", value: ({ source }) => source?.node || "-" },
  { title: "state", value: ({ source }) => source?.state ?? "-" },
  { title: "problem", value: ({ tap, source }) => source?.message ?? (source === undefined ? tap.problem : "") },
];
