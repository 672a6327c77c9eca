// Reads a Logical_Switch row as a network. Our keys in external_ids come first, then OVN's other_config, then Nodus'
// keys.
import type { IpAddress } from "#src/net/ip.ts";
import { defaultMacPrefix } from "#src/net/mac.ts";
import { externalId } from "../external-ids.ts";
import { networkOf } from "./network-of-switch.ts";
import type { NamespaceNames, Network } from "../network.ts";
import { SettingProblem } from "./setting-problem.ts";
import { settingWords } from "./setting-words.ts";
import { readSettings } from "./switch-settings.ts";
import { readSubnets } from "./switch-subnets.ts";

export interface SwitchColumns {
  readonly name: string;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/**
 * Reads a logical switch as a network. Never throws: a wrong setting becomes `problem`, so that the refusal of a pod
 * can name it. `routerAddresses` are the addresses of the router ports on the switch. They serve as gateways where
 * none is set, except on a wire: its routers are outside, and a port there is the way out of other networks.
 */
export function networkFromSwitch(uuid: string, row: SwitchColumns, routerAddresses: readonly IpAddress[]): Network {
  const selector = row.external_ids.get(externalId("namespace-selector"));
  const physicalNetwork = row.external_ids.get(externalId("physical-network"));
  const uplink = row.external_ids.get(externalId("uplink"));
  const base = {
    name: row.name,
    switchUuid: uuid,
    allowedNamespaces: namespacesIn(row, "allowed-namespaces"),
    adoptableBy: namespacesIn(row, "adoptable-by"),
    objectUid: networkOf(row),
    ...(selector === undefined ? {} : { namespaceSelector: selector }),
    ...(physicalNetwork === undefined ? {} : { physicalNetwork }),
    ...(uplink === undefined ? {} : { uplink }),
  };
  try {
    const found = readSubnets(row, physicalNetwork === undefined ? routerAddresses : []);
    const subnets = found ?? [];
    const problem = found?.length === 0 ? "has no subnet to hand out addresses from" : undefined;
    return { ...base, subnets, problem, ...readSettings(row, subnets) };
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    const nothing = {
      subnets: [],
      mtu: undefined,
      dns: undefined,
      routes: [],
      macPrefix: defaultMacPrefix,
      ...defaultSecurity,
    };
    return { ...base, ...nothing, problem: error.message };
  }
}

const defaultSecurity = {
  portSecurity: "full",
  networksReady: false,
  dhcp: false,
  allowedPrefixes: [],
  pools: [],
} as const;

/** The namespaces that a key of the switch names. Without the key there is none. */
export function namespacesIn(
  row: Pick<SwitchColumns, "external_ids">,
  key: "allowed-namespaces" | "adoptable-by",
): NamespaceNames {
  const names = settingWords(row.external_ids.get(externalId(key)));
  return names.includes("*") ? "*" : new Set(names);
}
