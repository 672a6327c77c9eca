// The pools of a network as a key of its switch.
import * as z from "zod";
import { lastIp } from "#src/net/cidr.ts";
import { type IpRange, parseExcludeIps, printRange, rangesOverlap } from "#src/net/range.ts";
import { externalId } from "../external-ids.ts";
import type { NamedPool, NetworkSubnet } from "../network.ts";
import { requiredSetting, SettingProblem } from "./setting-problem.ts";

interface PrintedPool {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  readonly allowed: "*" | { readonly names: readonly string[]; readonly selector?: object | undefined };
}

/** Undefined for a network without pools. */
export function printPools(pools: readonly PrintedPool[]): string | undefined {
  if (pools.length === 0) return undefined;
  const entries = pools.map(({ name, ranges, allowed }) => ({
    name,
    range: ranges.map(printRange).join(" "),
    ...(allowed === "*" ? {} : { allowed }),
  }));
  return JSON.stringify(entries);
}

const schema = z.array(z.object({ name: z.string(), range: z.string(), allowed: z.unknown().optional() }));

/** Reads the key. Throws `SettingProblem`. */
export function readPools(text: string | undefined, subnets: readonly NetworkSubnet[]): readonly NamedPool[] {
  if (text === undefined) return [];
  const key = externalId("pools");
  const entries = requiredSetting(schema.safeParse(parseJson(text)).data, key, text, "JSON as documented");
  const pools: NamedPool[] = [];
  for (const { name, range, allowed } of entries) {
    const ranges = requiredSetting(parseExcludeIps(range), key, range, "addresses, ranges a..b or CIDRs");
    const isInside = ranges.every((one) =>
      subnets.some(({ cidr }) => rangesOverlap(one, { first: cidr.first, last: lastIp(cidr) })),
    );
    if (!isInside) throw new SettingProblem(`has in ${key} the pool ${name}, which is not in its subnets`);
    const taken = pools.find((pool) => pool.name === name || overlap(pool.ranges, ranges));
    if (taken !== undefined) throw new SettingProblem(`has in ${key} the pool ${name}, which overlaps ${taken.name}`);
    pools.push({ name, ranges, admits: allowed === undefined ? undefined : JSON.stringify(allowed) });
  }
  return pools;
}

function overlap(some: readonly IpRange[], others: readonly IpRange[]): boolean {
  return some.some((one) => others.some((other) => rangesOverlap(one, other)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema accepts undefined, so the caller names the setting
  }
}
