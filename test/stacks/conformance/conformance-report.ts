import type { Conformance, ConformanceTally } from "#tools/docs/policy-conformance.ts";
import type { CaseResult } from "./run-cases.ts";

/** The results by tag, in the order of the alphabet. */
export function tallies(results: readonly CaseResult[]): Pick<Conformance, "all" | "sctp" | "tags"> {
  const tags = [...new Set(results.flatMap((result) => result.tags))].sort();
  return {
    all: tallyOf(results),
    sctp: results.reduce((sum, { sctp }) => sum + sctp, 0),
    tags: Object.fromEntries(tags.map((tag) => [tag, tallyOf(results.filter((result) => result.tags.includes(tag)))])),
  };
}

function tallyOf(results: readonly CaseResult[]): ConformanceTally {
  const checks = results.reduce((sum, result) => sum + result.checks, 0);
  const wrong = results.reduce((sum, { deviations }) => sum + deviations.length, 0);
  return { cases: results.length, checks, agree: checks - wrong };
}
