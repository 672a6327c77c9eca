import type { CniDns } from "#cni/contract/result.ts";
import type { DnsResult } from "#src/api/result.ts";

const lists = ["nameservers", "search", "options"] as const;

/** The DNS settings of several networks as one: each value once, earlier interfaces first; the first domain. */
export function mergedDns(all: readonly (DnsResult | undefined)[]): CniDns | undefined {
  const given = all.filter((dns) => dns !== undefined);
  const domain = given.find((dns) => dns.domain !== undefined)?.domain;
  const merged: CniDns = domain === undefined ? {} : { domain };
  for (const list of lists) {
    const values = [...new Set(given.flatMap((dns) => dns[list] ?? []))];
    if (values.length > 0) merged[list] = values;
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}
