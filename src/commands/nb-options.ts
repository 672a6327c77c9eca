import { AppError } from "#src/core/errors.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import type { CommandConfig } from "./flags/flags.ts";

export type NbConfig = Pick<
  CommandConfig<"networks">,
  "nbEndpoints" | "nbCaFile" | "nbCertFile" | "nbKeyFile" | "nbLeader"
>;

/** The flags of the OVN Northbound database as options of the OVSDB client. Throws `ConfigInvalid` without an endpoint. */
export function nbOptions(config: NbConfig): NbAllocatorOptions["nb"] {
  const { nbEndpoints, nbCaFile, nbCertFile, nbKeyFile, nbLeader } = config;
  if (nbEndpoints.length === 0) throw new AppError("ConfigInvalid", noEndpoint);
  const tls = nbCaFile === undefined ? undefined : { caFile: nbCaFile, ...pair(nbCertFile, nbKeyFile) };
  const leader = nbLeader === "require" ? "only" : nbLeader;
  return { endpoints: nbEndpoints, leader, ...(tls === undefined ? {} : { tls }) };
}

function pair(certificateFile: string | undefined, privateKeyFile: string | undefined) {
  return certificateFile === undefined || privateKeyFile === undefined ? {} : { certificateFile, privateKeyFile };
}

const noEndpoint =
  "no Northbound database is named: set OVN4NFV_NB in the ConfigMap ovn4nfv-system/ovn4nfv-config, or --nb, to its " +
  "endpoints, for example tcp:192.0.2.1:6641, and restart the Deployments ovn4nfv-webhook and ovn4nfv-controller";
