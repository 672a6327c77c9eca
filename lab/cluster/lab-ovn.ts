import type { LabState } from "./lab-state.ts";

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
