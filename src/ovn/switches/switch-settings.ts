// The settings of a switch besides its subnets, as keys in external_ids: how its pods are wired, what they may send, and its pools.
import * as z from "zod";
import { parseAllowed, printAllowed } from "#src/net/allowed-prefixes.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { parseDestination, soleSubnets } from "#src/net/destination.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { defaultMacPrefix, type MacPrefix, parseMacPrefix } from "#src/net/mac.ts";
import { leastMtu } from "#src/net/mtu.ts";
import { externalId } from "../external-ids.ts";
import { portSecurities, type PortSecurity } from "../port-security.ts";
import type { Network, NetworkDns, NetworkRoute, NetworkSubnet } from "../network.ts";
import { readPools } from "./named-pools.ts";
import { settingWords } from "./setting-words.ts";
import { requiredSetting, SettingProblem, wrongSetting } from "./setting-problem.ts";

const dnsSchema = z.object({
  nameservers: z.array(z.string()).optional(),
  domain: z.string().optional(),
  search: z.array(z.string()).optional(),
  options: z.array(z.string()).optional(),
});

const routesSchema = z.array(z.object({ dst: z.string(), gw: z.string().optional() }));

/** Reads the settings. Throws `SettingProblem`. */
export function readSettings(
  row: { readonly external_ids: ReadonlyMap<string, string> },
  subnets: readonly NetworkSubnet[],
): Pick<
  Network,
  "mtu" | "dns" | "routes" | "macPrefix" | "portSecurity" | "networksReady" | "dhcp" | "allowedPrefixes" | "pools"
> {
  const text = (name: Parameters<typeof externalId>[0]) => row.external_ids.get(externalId(name));
  const mtu = text("mtu");
  const prefix = text("mac-prefix");
  return {
    mtu: mtu === undefined ? undefined : readMtu(mtu, subnets),
    dns: readDns(text("dns")),
    routes: readRoutes(text("routes"), subnets),
    macPrefix: prefix === undefined ? defaultMacPrefix : readMacPrefix(prefix),
    portSecurity: readPortSecurity(text("port-security")),
    networksReady: readFlag(text("networks-ready"), "networks-ready"),
    dhcp: readFlag(text("dhcp"), "dhcp"),
    allowedPrefixes: readAllowedPrefixes(text("allowed-prefixes")),
    pools: readPools(text("pools"), subnets),
  };
}

function readMacPrefix(text: string): MacPrefix {
  return requiredSetting(parseMacPrefix(text), externalId("mac-prefix"), text, "1 to 5 bytes of a unicast MAC address");
}

function readPortSecurity(text = "full"): PortSecurity {
  const found = portSecurities.find((mode) => mode === text);
  return requiredSetting(found, externalId("port-security"), text, portSecurities.join(", "));
}

function readFlag(text: string | undefined, name: "networks-ready" | "dhcp"): boolean {
  if (text === undefined || text === "true" || text === "false") return text === "true";
  throw wrongSetting(externalId(name), text, "true or false");
}

function readAllowedPrefixes(text = ""): readonly string[] {
  const words = settingWords(text);
  const key = externalId("allowed-prefixes");
  return words.map((word) => printAllowed(requiredSetting(parseAllowed(word), key, word, "an address or a prefix")));
}

function readMtu(text: string, subnets: readonly NetworkSubnet[]): number {
  const mtu = Number(text);
  const least = leastMtu(subnets.map(({ cidr }) => cidr.family));
  if (Number.isInteger(mtu) && mtu >= least && mtu <= 65_535) return mtu;
  throw wrongSetting(
    externalId("mtu"),
    text,
    `a number of bytes from ${least.toString()} to 65535, as its families need`,
  );
}

function readDns(text: string | undefined): NetworkDns | undefined {
  if (text === undefined) return undefined;
  return requiredSetting(dnsSchema.safeParse(parseJson(text)).data, externalId("dns"), text, "JSON as documented");
}

/**
 * Routes are checked as strictly as those of a request: a result must not have a route that the kernel of a pod
 * refuses.
 */
function readRoutes(text: string | undefined, subnets: readonly NetworkSubnet[]): NetworkRoute[] {
  if (text === undefined) return [];
  const key = externalId("routes");
  const entries = requiredSetting(routesSchema.safeParse(parseJson(text)).data, key, text, 'JSON [{"dst","gw"}]');
  const taken = new Set(soleSubnets(subnets).map(({ cidr }) => printCidr(cidr)));
  return entries.map(({ dst: written, gw }) => {
    const found = parseDestination(written);
    const { cidr: dst } = requiredSetting(
      found === "default" ? undefined : found,
      key,
      written,
      "a CIDR with a mask over 0",
    );
    const gateway = gw === undefined ? undefined : requiredSetting(parseIp(gw), key, gw, "an address");
    const problem = routeProblem({ dst, gateway }, subnets, taken);
    if (problem !== undefined) throw new SettingProblem(`has in ${key} the route to ${printCidr(dst)}, ${problem}`);
    taken.add(printCidr(dst));
    return { dst, gateway };
  });
}

function routeProblem(
  { dst, gateway }: NetworkRoute,
  subnets: readonly NetworkSubnet[],
  taken: ReadonlySet<string>,
): string | undefined {
  if (taken.has(printCidr(dst))) return "which is its only subnet of that family or has a route already";
  if (!subnets.some(({ cidr }) => cidr.family === dst.family)) return "of whose family it has no subnet";
  if (gateway === undefined) return undefined;
  if (gateway.family !== dst.family) return `whose gateway ${printIp(gateway)} is of another family`;
  if (subnets.some(({ cidr }) => containsIp(cidr, gateway))) return undefined;
  return `whose gateway ${printIp(gateway)} is in none of its subnets`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema accepts undefined, so the caller names the setting
  }
}
