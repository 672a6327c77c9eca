import { useState } from "preact/hooks";
import type { NetworkSpace, SpaceSegment, SubnetSpace } from "#src/view/contract/network-space.ts";
import { type PageAnswer, ask } from "../live/ask.ts";
import { useTurns } from "../live/use-turns.ts";

/** A subnet with the segments of all pages that were read. */
export interface ReadSubnet extends SubnetSpace {
  /** True when there is more than the page reads by itself. */
  readonly isCut: boolean;
}

/** Each has 1024 segments. */
const mostPages = 16;

/** Reads who has which addresses of a network, page by page, and again whenever `fresh` is another value. */
export function useSpace(network: string, fresh: unknown): PageAnswer<readonly ReadSubnet[]> {
  const [answer, hold] = useState<PageAnswer<readonly ReadSubnet[]>>({ kind: "waits" });
  useTurns(network, fresh, async (signal) => {
    const value = await readSpace(network, signal);
    if (!signal.aborted) hold(value);
  });
  return answer;
}

async function readSpace(network: string, signal: AbortSignal): Promise<PageAnswer<readonly ReadSubnet[]>> {
  const path = `api/networks/${encodeURIComponent(network)}`;
  const first = await ask<NetworkSpace>(path, signal);
  if (first.kind !== "told") return first;
  const subnets: ReadSubnet[] = [];
  for (const subnet of first.value.subnets) {
    const segments: SpaceSegment[] = [...subnet.segments];
    let { next } = subnet;
    for (let page = 1; next !== undefined && page < mostPages; page += 1) {
      const query = new URLSearchParams({ subnet: subnet.cidr, after: next });
      const more = await ask<NetworkSpace>(`${path}?${query.toString()}`, signal);
      if (more.kind !== "told") return more;
      const found = more.value.subnets.find(({ cidr }) => cidr === subnet.cidr);
      segments.push(...(found?.segments ?? []));
      next = found?.next;
    }
    subnets.push({ ...subnet, segments, isCut: next !== undefined });
  }
  return { kind: "told", value: subnets };
}
