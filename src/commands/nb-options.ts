import { existsSync } from "node:fs";
import { AppError } from "#src/core/errors.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import { type CommandConfig, flagTable } from "./flags/flags.ts";

export type NbConfig = Pick<
  CommandConfig<"networks">,
  "nbEndpoints" | "nbCaFile" | "nbCertFile" | "nbKeyFile" | "nbServerName" | "nbLeader"
>;

/** The flags of the OVN Northbound database as options of the OVSDB client. Throws `ConfigInvalid` without an endpoint. */
export function nbOptions(config: NbConfig): NbAllocatorOptions["nb"] {
  const { nbEndpoints, nbCaFile, nbCertFile, nbKeyFile, nbServerName: serverName, nbLeader } = config;
  if (nbEndpoints.length === 0) throw new AppError("ConfigInvalid", noEndpoint);
  const tls =
    nbCaFile === undefined
      ? undefined
      : { caFile: nbCaFile, ...pair(nbCertFile, nbKeyFile), ...(serverName === undefined ? {} : { serverName }) };
  const leader = nbLeader === "require" ? "only" : nbLeader;
  return { endpoints: nbEndpoints, leader, ...(tls === undefined ? {} : { tls }) };
}

/**
 * The same for a process that allocates or releases. A relay is refused, because it may reply before its copy has the change, and
 * what is decided from that copy would be wrong.
 */
export function nbWriterOptions(config: NbConfig): NbAllocatorOptions["nb"] {
  return { ...nbOptions(config), relays: "refuse" };
}

/** The same for the Southbound database, which has the certificates of the other one. Undefined when nobody named it. */
export function sbOptions(
  config: NbConfig & { readonly sbEndpoints: readonly string[] },
): NbAllocatorOptions["nb"] | undefined {
  const { sbEndpoints } = config;
  return sbEndpoints.length === 0 ? undefined : { ...nbOptions(config), endpoints: sbEndpoints };
}

/** True when there is no endpoint, or only the usual socket and this machine does not have it. */
export function isNorthboundUnnamed({ nbEndpoints }: Pick<NbConfig, "nbEndpoints">, exists = existsSync): boolean {
  const [only = "", ...others] = nbEndpoints;
  if (only === "") return true;
  return others.length === 0 && only === flagTable.nbEndpoints.default && !exists(only.replace(/^unix:/, ""));
}

function pair(certificateFile: string | undefined, privateKeyFile: string | undefined) {
  return certificateFile === undefined || privateKeyFile === undefined ? {} : { certificateFile, privateKeyFile };
}

const noEndpoint =
  "no Northbound database is named: set OVN4NFV_NB in the ConfigMap ovn4nfv-system/ovn4nfv-config, or --nb, to its " +
  "endpoints, for example tcp:192.0.2.1:6641, and restart the Deployments ovn4nfv-webhook and ovn4nfv-controller";
