import type { Phase } from "./phases.ts";
import type { ProgramVersions } from "./phase-programs.ts";
import { emptyTally, type Tally } from "./tally.ts";

/** The result of a phase that ran whole on its own programs, or that could not start. */
export interface PhaseResult {
  readonly phase: string;
  readonly versions: ProgramVersions;
  readonly tally: Tally;
  /** The files with failures. */
  readonly failures: readonly string[];
  /** The reason for which nothing ran. */
  readonly why?: string;
}

/** The result of a phase that did not run. Only those versions are known that it asked for. */
export function notStarted({ name, ovn, kubernetes }: Phase, why: string): PhaseResult {
  const versions = { ovn: ovn ?? "-", openVswitch: "-", kubernetes: kubernetes ?? "-" };
  return { phase: name, versions, tally: emptyTally, failures: [], why };
}
