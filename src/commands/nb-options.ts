import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import type { CommandConfig } from "./flags/flags.ts";

export type NbConfig = Pick<
  CommandConfig<"networks">,
  "nbEndpoints" | "nbCaFile" | "nbCertFile" | "nbKeyFile" | "nbLeader"
>;

/** The flags of the OVN Northbound database as options of the OVSDB client. */
export function nbOptions(config: NbConfig): NbAllocatorOptions["nb"] {
  const { nbEndpoints, nbCaFile, nbCertFile, nbKeyFile, nbLeader } = config;
  const tls = nbCaFile === undefined ? undefined : { caFile: nbCaFile, ...pair(nbCertFile, nbKeyFile) };
  const leader = nbLeader === "require" ? "only" : nbLeader;
  return { endpoints: nbEndpoints, leader, ...(tls === undefined ? {} : { tls }) };
}

function pair(certificateFile: string | undefined, privateKeyFile: string | undefined) {
  return certificateFile === undefined || privateKeyFile === undefined ? {} : { certificateFile, privateKeyFile };
}
