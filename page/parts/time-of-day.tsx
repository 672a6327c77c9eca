import type { JSX } from "preact";
import { printTime, printTimeOfDay } from "../text/times.ts";

/** An RFC 3339 time as a time of day; the date is shown where the pointer rests. */
export function TimeOfDay({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={printTime(at)}>
      {printTimeOfDay(at)}
    </time>
  );
}
