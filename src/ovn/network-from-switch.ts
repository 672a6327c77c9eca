// Reads a Logical_Switch row as a network: our keys in external_ids first, then OVN's other_config, then Nodus' keys.
import { z } from "zod";
import { type Cidr, containsIp, firstHost, parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { defaultMacPrefix, type MacPrefix, parseMacPrefix } from "#src/net/mac.ts";
import { findWrongRange, type IpRange, parseExcludeIps } from "#src/net/range.ts";
import { externalId, nodusGatewayKey } from "./external-ids.ts";
import type { Network, NetworkDns, NetworkRoute, NetworkSubnet } from "./network.ts";

export interface SwitchColumns {
  readonly name: string;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** The first thing wrong with a switch's settings, in words for its owner. */
class SettingProblem extends Error {}

/**
 * The network that a logical switch is. Never throws: a wrong setting becomes `problem`, so that the refusal of a pod
 * can name it. `routerAddresses` are the addresses of the router ports on the switch, gateways where none is set.
 */
export function networkFromSwitch(uuid: string, row: SwitchColumns, routerAddresses: readonly IpAddress[]): Network {
  const selector = row.external_ids.get(externalId("namespace-selector"));
  const base = {
    name: row.name,
    switchUuid: uuid,
    allowedNamespaces: allowedNamespaces(row),
    ...(selector === undefined ? {} : { namespaceSelector: selector }),
  };
  try {
    const subnets = readSubnets(row, routerAddresses);
    const problem = subnets.length === 0 ? "has no subnet to hand out addresses from" : undefined;
    return { ...base, subnets, problem, ...readSettings(row) };
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    const nothing = { subnets: [], mtu: undefined, dns: undefined, routes: [], macPrefix: defaultMacPrefix };
    return { ...base, ...nothing, problem: error.message };
  }
}

function allowedNamespaces(row: SwitchColumns): "*" | ReadonlySet<string> {
  const names = words(row.external_ids.get(externalId("allowed-namespaces")));
  return names.includes("*") ? "*" : new Set(names);
}

function readSubnets(row: SwitchColumns, routerAddresses: readonly IpAddress[]): NetworkSubnet[] {
  const cidrs = subnetTexts(row).map(([key, text]) => required(parseCidr(text)?.cidr, key, text, "a CIDR"));
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

/** OVN's own allocator keeps the first host for a router that may come; so do we while no gateway is known. */
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
  // northd takes the prefix as a /64 whatever is written behind it, ovn-nb(5) "ipv6_prefix".
  if (ipv6Prefix !== undefined) found.push(["other_config:ipv6_prefix", `${ipv6Prefix.replace(/\/.*$/, "")}/64`]);
  return found;
}

function readExcluded(row: SwitchColumns): readonly IpRange[] {
  const ours = row.external_ids.get(externalId("exclude-ips"));
  const text = ours ?? row.other_config.get("exclude_ips") ?? "";
  const key = ours === undefined ? "other_config:exclude_ips" : externalId("exclude-ips");
  return required(parseExcludeIps(text), key, findWrongRange(text) ?? text, "an address, a range a..b or a CIDR");
}

function readGateways(row: SwitchColumns): IpAddress[] {
  const ours = row.external_ids.get(externalId("gateways"));
  const key = ours === undefined ? nodusGatewayKey : externalId("gateways");
  return words(ours ?? row.external_ids.get(nodusGatewayKey)).map((text) =>
    required(parseIp(text) ?? parseCidr(text)?.address, key, text, "an address"),
  );
}

const dnsSchema = z.object({
  nameservers: z.array(z.string()).optional(),
  domain: z.string().optional(),
  search: z.array(z.string()).optional(),
  options: z.array(z.string()).optional(),
});

const routesSchema = z.array(z.object({ dst: z.string(), gw: z.string().optional() }));

function readSettings(row: SwitchColumns): Pick<Network, "mtu" | "dns" | "routes" | "macPrefix"> {
  const text = (name: "mtu" | "dns" | "routes" | "mac-prefix") => row.external_ids.get(externalId(name));
  const mtu = text("mtu");
  const prefix = text("mac-prefix");
  return {
    mtu: mtu === undefined ? undefined : readMtu(mtu),
    dns: readDns(text("dns")),
    routes: readRoutes(text("routes")),
    macPrefix: prefix === undefined ? defaultMacPrefix : readMacPrefix(prefix),
  };
}

function readMacPrefix(text: string): MacPrefix {
  return required(parseMacPrefix(text), externalId("mac-prefix"), text, "1 to 5 bytes of a unicast MAC address");
}

function readMtu(text: string): number {
  const mtu = Number(text);
  if (Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_535) return mtu;
  throw wrong(externalId("mtu"), text, "a number of bytes from 576 to 65535");
}

function readDns(text: string | undefined): NetworkDns | undefined {
  if (text === undefined) return undefined;
  return required(dnsSchema.safeParse(parseJson(text)).data, externalId("dns"), text, "JSON as documented");
}

function readRoutes(text: string | undefined): NetworkRoute[] {
  if (text === undefined) return [];
  const key = externalId("routes");
  const entries = required(routesSchema.safeParse(parseJson(text)).data, key, text, 'JSON [{"dst","gw"}]');
  return entries.map(({ dst, gw }) => ({
    dst: required(parseCidr(dst)?.cidr, key, dst, "a CIDR"),
    gateway: gw === undefined ? undefined : required(parseIp(gw), key, gw, "an address"),
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema accepts undefined, so the caller names the setting
  }
}

function required<T>(value: T | undefined, key: string, text: string, kind: string): T {
  if (value === undefined) throw wrong(key, text, kind);
  return value;
}

function wrong(key: string, text: string, kind: string): SettingProblem {
  return new SettingProblem(`has ${key}=${JSON.stringify(text)}, which is not ${kind}`);
}

/** Words separated by commas or blanks; `undefined` has none. */
function words(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}
