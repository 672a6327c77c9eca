import { readTried, type Tried, triedFile, writeTried } from "#tools/docs/tried-versions.ts";
import type { PhaseResult } from "./phase-result.ts";

/** Puts a result in the place of the one that the same phase had before. The order is that of the names. */
export function withResult(tried: readonly Tried[], result: PhaseResult, date: string): readonly Tried[] {
  const { phase, versions, tally, failures, why } = result;
  const reason = why === undefined ? {} : { why };
  const own: Tried = { phase, date, ...versions, ...tally, failures: failures.toSorted(), ...reason };
  return [...tried.filter((other) => other.phase !== phase), own].sort((a, b) => (a.phase < b.phase ? -1 : 1));
}

/** Writes the result of a run that was today into the file of results. */
export function storeResult(result: PhaseResult, nowMs: number, file: string = triedFile): void {
  writeTried(withResult(readTried(file), result, new Date(nowMs).toISOString().slice(0, 10)), file);
}
