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
  if (nbCaFile === undefined) refuseTls("nb", nbEndpoints);
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
  if (config.nbCaFile === undefined) refuseTls("sb", sbEndpoints);
  return sbEndpoints.length === 0 ? undefined : { ...nbOptions(config), endpoints: sbEndpoints };
}

/**
 * Ends a subcommand that answers and ends, and does not wait for a database that comes up later, where nobody named one. Throws
 * `ConfigInvalid`. `inPod` is the subcommand that works in the pod of the controller as well.
 */
export function refuseUnnamed(config: Pick<NbConfig, "nbEndpoints">, inPod?: string, exists = existsSync): void {
  // An empty list is a setting that was left as the manifests have it, of which nbOptions tells.
  if (config.nbEndpoints.length === 0 || !isNorthboundUnnamed(config, exists)) return;
  const there =
    inPod === undefined
      ? ""
      : `, or run it in a pod that has it: kubectl -n ovn4nfv-system exec deploy/ovn4nfv-controller -- ovn4nfv ${inPod}`;
  const why = "no Northbound database is named, and there is none on this machine";
  throw new AppError("ConfigInvalid", `${why}; give --nb tcp:HOST:6641 or set OVN4NFV_NB${there}`);
}

/** True when there is no endpoint, or only the usual socket and this machine does not have it. */
export function isNorthboundUnnamed({ nbEndpoints }: Pick<NbConfig, "nbEndpoints">, exists = existsSync): boolean {
  const [only = "", ...others] = nbEndpoints;
  if (only === "") return true;
  return others.length === 0 && only === flagTable.nbEndpoints.default && !exists(only.replace(/^unix:/, ""));
}

function refuseTls(flag: "nb" | "sb", endpoints: readonly string[]): void {
  const endpoint = endpoints.find((one) => one.startsWith("ssl:"));
  if (endpoint !== undefined) throw new AppError("ConfigInvalid", `--${flag} ${endpoint} needs --nb-ca-file`);
}

function pair(certificateFile: string | undefined, privateKeyFile: string | undefined) {
  return certificateFile === undefined || privateKeyFile === undefined ? {} : { certificateFile, privateKeyFile };
}

const noEndpoint =
  "no Northbound database is named: set OVN4NFV_NB in the ConfigMap ovn4nfv-system/ovn4nfv-config, or --nb, to its " +
  "endpoints, for example tcp:192.0.2.1:6641, and restart the Deployments ovn4nfv-webhook and ovn4nfv-controller";
