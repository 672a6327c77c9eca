import { type Family, printIp } from "#src/net/ip.ts";
import { rangeHolds } from "#src/net/range.ts";
import { rangesSize } from "#src/net/range-search.ts";
import type { FloatingAddresses } from "./floating-addresses.ts";

/** The number of floating addresses of one Uplink in one family: how many it hands out, and how many of them are held. */
export interface FloatingUsage {
  readonly uplink: string;
  readonly family: Family;
  readonly size: bigint;
  readonly used: number;
}

/** Counts the addresses of each Uplink that hands some out. One that a row of somebody else has is used as well. */
export function floatingUsage(floating: Pick<FloatingAddresses, "gateways" | "rows">): readonly FloatingUsage[] {
  const held = new Map([...floating.rows()].map(({ ip }) => [printIp(ip), ip] as const));
  return floating.gateways().flatMap(({ uplink, ranges }) =>
    ([4, 6] as const).flatMap((family): readonly FloatingUsage[] => {
      const size = rangesSize(ranges, family);
      if (size === 0n) return [];
      const used = held.values().filter((ip) => ip.family === family && ranges.some((one) => rangeHolds(one, ip)));
      return [{ uplink, family, size, used: [...used].length }];
    }),
  );
}
