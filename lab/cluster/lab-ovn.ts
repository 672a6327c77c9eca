import { parseArgs } from "node:util";
import { isOvnSuite, type OvnSuite, ovnSuites } from "#tools/ovn/ovn-suites.ts";
import type { LabState } from "./lab-state.ts";

/** Reads the arguments of `up`: the suite of Debian whose OVN is wanted. Throws for a suite that is not tried with. */
export function wantedOvn(args: readonly string[]): OvnSuite | undefined {
  const { ovn } = parseArgs({ args: [...args], options: { ovn: { type: "string" } } }).values;
  if (ovn === undefined || isOvnSuite(ovn)) return ovn;
  throw new Error(`there is no OVN "${ovn}"; there are ${ovnSuites.join(", ")}`);
}

/** An environment in which the programs of OVN are those that the lab runs, for us and on the PATH. */
export function ovnEnvironment({ ovnBinaries }: LabState, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (ovnBinaries === undefined) return env;
  return { ...env, OVN_BINDIR: ovnBinaries, PATH: `${ovnBinaries}:${env["PATH"] ?? ""}` };
}

/** Throws when the lab that is up runs another OVN than the one that is wanted now. */
export function assertLabRuns(binaries: string, { ovnBinaries }: LabState): void {
  if (ovnBinaries === binaries) return;
  const other = ovnBinaries ?? "OVN of the system";
  throw new Error(`the lab that is up runs ${other}; \`npm run lab -- down\` takes it down`);
}
