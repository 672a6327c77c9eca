// Reads a Logical_Switch row as a network. Our keys in external_ids come first, then OVN's other_config, then Nodus'
// keys.
import { type Cidr, containsIp, firstHost, parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { defaultMacPrefix } from "#src/net/mac.ts";
import { findWrongRange, type IpRange, parseExcludeIps } from "#src/net/range.ts";
import { externalId, nodusGatewayKey } from "./external-ids.ts";
import { networkOf } from "./network-of-switch.ts";
import type { NamespaceNames, Network, NetworkSubnet } from "./network.ts";
import { whyUnusable } from "#src/net/unusable-prefix.ts";
import { requiredSetting, SettingProblem } from "./setting-problem.ts";
import { readSettings } from "./switch-settings.ts";

export interface SwitchColumns {
  readonly name: string;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/**
 * Reads a logical switch as a network. Never throws: a wrong setting becomes `problem`, so that the refusal of a pod
 * can name it. `routerAddresses` are the addresses of the router ports on the switch. They serve as gateways where
 * none is set.
 */
export function networkFromSwitch(uuid: string, row: SwitchColumns, routerAddresses: readonly IpAddress[]): Network {
  const selector = row.external_ids.get(externalId("namespace-selector"));
  const base = {
    name: row.name,
    switchUuid: uuid,
    allowedNamespaces: namespacesIn(row, "allowed-namespaces"),
    adoptableBy: namespacesIn(row, "adoptable-by"),
    objectUid: networkOf(row),
    ...(selector === undefined ? {} : { namespaceSelector: selector }),
  };
  try {
    const subnets = readSubnets(row, routerAddresses);
    const problem = subnets.length === 0 ? "has no subnet to hand out addresses from" : undefined;
    return { ...base, subnets, problem, ...readSettings(row, subnets) };
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    const nothing = { subnets: [], mtu: undefined, dns: undefined, routes: [], macPrefix: defaultMacPrefix };
    return { ...base, ...nothing, problem: error.message };
  }
}

/** The namespaces that a key of the switch names. Without the key there is none. */
export function namespacesIn(
  row: Pick<SwitchColumns, "external_ids">,
  key: "allowed-namespaces" | "adoptable-by",
): NamespaceNames {
  const names = words(row.external_ids.get(externalId(key)));
  return names.includes("*") ? "*" : new Set(names);
}

function readSubnets(row: SwitchColumns, routerAddresses: readonly IpAddress[]): NetworkSubnet[] {
  const cidrs = subnetTexts(row).map(([key, text]) => {
    const cidr = requiredSetting(parseCidr(text)?.cidr, key, text, "a CIDR");
    const unusable = whyUnusable(cidr);
    if (unusable !== undefined) throw new SettingProblem(`has in ${key} the prefix ${text}, which ${unusable}`);
    return cidr;
  });
  const excluded = readExcluded(row);
  const gateways = readGateways(row);
  for (const gateway of gateways) {
    if (cidrs.some((cidr) => containsIp(cidr, gateway))) continue;
    throw new SettingProblem(`names the gateway ${printIp(gateway)}, which is in none of its subnets`);
  }
  return cidrs.map((cidr) => {
    const inside = (ip: IpAddress): boolean => containsIp(cidr, ip);
    const gateway = gateways.find(inside) ?? routerAddresses.find(inside);
    return { cidr, gateway, excluded: [...excluded, ...reservedForRouter(cidr, gateway)] };
  });
}

/** OVN's own allocator keeps the first host for a router that may come. We do the same while no gateway is known. */
function reservedForRouter(cidr: Cidr, gateway: IpAddress | undefined): IpRange[] {
  const first = firstHost(cidr);
  return gateway === undefined ? [{ first, last: first }] : [];
}

function subnetTexts(row: SwitchColumns): (readonly [key: string, text: string])[] {
  const ours = row.external_ids.get(externalId("subnets"));
  if (ours !== undefined) return words(ours).map((text) => [externalId("subnets"), text]);
  const ipv6Prefix = row.other_config.get("ipv6_prefix");
  const found: (readonly [string, string])[] = words(row.other_config.get("subnet")).map((text) => [
    "other_config:subnet",
    text,
  ]);
  // northd takes the prefix as a /64, whatever length is written behind it, ovn-nb(5) "ipv6_prefix".
  if (ipv6Prefix !== undefined) found.push(["other_config:ipv6_prefix", `${ipv6Prefix.replace(/\/.*$/, "")}/64`]);
  return found;
}

function readExcluded(row: SwitchColumns): readonly IpRange[] {
  const ours = row.external_ids.get(externalId("exclude-ips"));
  const text = ours ?? row.other_config.get("exclude_ips") ?? "";
  const key = ours === undefined ? "other_config:exclude_ips" : externalId("exclude-ips");
  return requiredSetting(
    parseExcludeIps(text),
    key,
    findWrongRange(text) ?? text,
    "an address, a range a..b or a CIDR",
  );
}

function readGateways(row: SwitchColumns): IpAddress[] {
  const ours = row.external_ids.get(externalId("gateways"));
  const key = ours === undefined ? nodusGatewayKey : externalId("gateways");
  return words(ours ?? row.external_ids.get(nodusGatewayKey)).map((text) =>
    requiredSetting(parseIp(text) ?? parseCidr(text)?.address, key, text, "an address"),
  );
}

/** Splits at commas and blanks. `undefined` has no words. */
function words(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}
