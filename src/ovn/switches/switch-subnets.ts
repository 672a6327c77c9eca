// The subnets of a switch, with the addresses that are not handed out of them.
import { parseAllowed, rangeOfAllowed } from "#src/net/allowed-prefixes.ts";
import { type Cidr, containsIp, firstHost, parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { findWrongRange, type IpRange, parseExcludeIps } from "#src/net/range.ts";
import { whyUnusable } from "#src/net/unusable-prefix.ts";
import { externalId, nodusGatewayKey } from "../external-ids.ts";
import type { NetworkSubnet } from "../network.ts";
import { requiredSetting, SettingProblem } from "./setting-problem.ts";
import { settingWords } from "./setting-words.ts";

interface SubnetColumns {
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** The value of the key `subnets` on a switch whose pods get a MAC address only. */
export const noSubnets = "none";

/** Reads the subnets. Gives undefined where pods get a MAC address only. Throws `SettingProblem`. */
export function readSubnets(
  row: SubnetColumns,
  routerAddresses: readonly IpAddress[],
): readonly NetworkSubnet[] | undefined {
  if (row.external_ids.get(externalId("subnets")) === noSubnets) return undefined;
  const cidrs = subnetTexts(row).map(([key, text]) => {
    const cidr = requiredSetting(parseCidr(text)?.cidr, key, text, "a CIDR");
    const unusable = whyUnusable(cidr);
    if (unusable !== undefined) throw new SettingProblem(`has in ${key} the prefix ${text}, which ${unusable}`);
    return cidr;
  });
  const excluded = [...readExcluded(row), ...readAllowedRanges(row)];
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

function subnetTexts(row: SubnetColumns): (readonly [key: string, text: string])[] {
  const ours = row.external_ids.get(externalId("subnets"));
  if (ours !== undefined) return settingWords(ours).map((text) => [externalId("subnets"), text]);
  const ipv6Prefix = row.other_config.get("ipv6_prefix");
  const found: (readonly [string, string])[] = settingWords(row.other_config.get("subnet")).map((text) => [
    "other_config:subnet",
    text,
  ]);
  // northd takes the prefix as a /64, whatever length is written behind it, ovn-nb(5) "ipv6_prefix".
  if (ipv6Prefix !== undefined) found.push(["other_config:ipv6_prefix", `${ipv6Prefix.replace(/\/.*$/, "")}/64`]);
  return found;
}

function readExcluded(row: SubnetColumns): readonly IpRange[] {
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

/** Addresses that several pods may share are never handed out to one. */
function readAllowedRanges(row: SubnetColumns): readonly IpRange[] {
  const key = externalId("allowed-prefixes");
  return settingWords(row.external_ids.get(key)).map((text) =>
    rangeOfAllowed(requiredSetting(parseAllowed(text), key, text, "an address or a prefix")),
  );
}

function readGateways(row: SubnetColumns): IpAddress[] {
  const ours = row.external_ids.get(externalId("gateways"));
  const key = ours === undefined ? nodusGatewayKey : externalId("gateways");
  return settingWords(ours ?? row.external_ids.get(nodusGatewayKey)).map((text) =>
    requiredSetting(parseIp(text) ?? parseCidr(text)?.address, key, text, "an address"),
  );
}
